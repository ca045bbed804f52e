import { createHmac, timingSafeEqual } from 'node:crypto';

/** What a sealed text says: a number, and a body that may be empty. */
export interface SealedContent {
  readonly number: number;
  readonly body: string;
}

const sealedPattern = /^(0|[1-9]\d{0,15})\.([\w-]{43})\.(.*)$/s;

/**
 * Texts that go through hands that are not to be trusted: `<number>.<HMAC-SHA-256 in base64url>.<body>`. The code
 * covers the place too, such as a key in Redis, so that what was sealed for one place counts at no other.
 */
export class SealedTexts {
  readonly #key: Buffer;

  constructor(key: Buffer) {
    this.#key = key;
  }

  /** @param place a text without line breaks */
  seal(place: string, { number, body }: SealedContent): string {
    return `${number}.${this.#code(place, `${number}`, body).toString('base64url')}.${body}`;
  }

  /** @returns undefined when the text has another form, or was not sealed with this key for this place */
  open(place: string, text: string): SealedContent | undefined {
    const [, digits, code, body] = sealedPattern.exec(text) ?? [];
    if (digits === undefined || code === undefined || body === undefined) return undefined;
    const number = Number(digits);
    const given = Buffer.from(code, 'base64url');
    const right = this.#code(place, digits, body);
    const isGenuine = given.length === right.length && timingSafeEqual(given, right);
    return isGenuine && Number.isSafeInteger(number) ? { number, body } : undefined;
  }

  #code(place: string, digits: string, body: string): Buffer {
    return createHmac('sha256', this.#key).update(`${place}\n${digits}\n${body}`).digest();
  }
}
