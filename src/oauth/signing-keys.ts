import { createHash, type JsonWebKey, type KeyObject } from 'node:crypto';
import type { SecretKey } from '../core/secret-key.ts';
import { signingKeyState, type SigningAlgorithm } from '../core/signing-key.ts';
import type { Clock } from '../lib/clock.ts';
import { openSealedKey, publicJwk, signText } from './key-material.ts';
import type { StoredKey } from './postgres-signing-keys.ts';

export interface SigningKeysOptions {
  readonly store: { read(): Promise<readonly StoredKey[]> };
  readonly secretKey: SecretKey;
  readonly clock: Clock;
  /** Told after each reading, with the reason when it failed. */
  readonly onRead?: (failure: unknown) => void;
  /** Told of a key that the secret key does not open; it is left out. */
  readonly onUnreadable?: (id: string) => void;
}

/** A key that can sign. The same object as long as it is the same key. */
export interface SigningKey {
  readonly id: string;
  readonly algorithm: SigningAlgorithm;
  /** Signs a text for a JWS, in base64url. */
  sign(text: string): string;
}

/** The public keys as a document (RFC 7517, section 5). */
export interface KeySet {
  readonly text: string;
  readonly etag: string;
}

/** Instants are of this node's monotonic clock; a reading may move them. */
interface LiveKey extends SigningKey {
  readonly publicJwk: JsonWebKey;
  signsFromMs: number;
  goneAtMs: number | null;
}

/** How often the keys are read without being woken: many times within the publication of a new one. */
const refreshMs = 5000;

/**
 * The signing keys as this node knows them. Which of them signs follows from the time alone, so that a rotation that was
 * read in time needs nothing more to happen at its instant, on every node at once.
 */
export class SigningKeys {
  readonly #options: SigningKeysOptions;
  #keys: readonly LiveKey[] = [];
  #signing: LiveKey | undefined;
  #keySet: KeySet = keySetOf([]);
  #validUntilMs = -Infinity;
  #timer: NodeJS.Timeout | undefined;
  #underWay: Promise<void> | undefined;
  #again = false;

  constructor(options: SigningKeysOptions) {
    this.#options = options;
  }

  /** Reads the keys for the first time and goes on following them. @throws StoreUnavailable; Error when none can sign */
  async start(): Promise<void> {
    await this.#read();
    this.signing();
    this.#timer = setInterval(() => this.refresh(), refreshMs).unref();
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#timer = undefined;
    await this.#underWay;
  }

  /** The key that signs at this moment. */
  signing(): SigningKey {
    this.#settle();
    if (this.#signing === undefined) throw new Error('the store has no signing key that can be used');
    return this.#signing;
  }

  /** What verifiers are told at this moment. */
  keySet(): KeySet {
    this.#settle();
    return this.#keySet;
  }

  /** Reads the keys anew, or once more when that is under way and may have begun too early. */
  refresh(): void {
    if (this.#timer === undefined) return;
    if (this.#underWay !== undefined) {
      this.#again = true;
      return;
    }
    this.#again = false;
    this.#underWay = this.#attempt().finally(() => {
      this.#underWay = undefined;
      if (this.#again) this.refresh();
    });
  }

  /** What was known goes on when the store does not answer. */
  async #attempt(): Promise<void> {
    const failure = await this.#read().then(
      () => undefined,
      (error: unknown) => error,
    );
    this.#options.onRead?.(failure);
  }

  async #read(): Promise<void> {
    const beganAtMs = this.#options.clock.monotonic();
    const stored = await this.#options.store.read();
    this.#keys = stored.flatMap((key) => this.#opened(key, beganAtMs - key.readAtMs));
    this.#validUntilMs = -Infinity;
  }

  /** @param offsetMs from the database's clock to this node's */
  #opened(stored: StoredKey, offsetMs: number): LiveKey[] {
    const { id, algorithm, sealedPrivateKey } = stored;
    const life = {
      signsFromMs: stored.signsFromMs + offsetMs,
      goneAtMs: stored.goneAtMs === null ? null : stored.goneAtMs + offsetMs,
    };
    const known = this.#keys.find((key) => key.id === id);
    // Another object would make every assertion be signed anew.
    if (known !== undefined) return [Object.assign(known, life)];
    try {
      const privateKey = openSealedKey(sealedPrivateKey ?? '', { id, algorithm }, this.#options.secretKey);
      return [liveKey(privateKey, stored, life)];
    } catch {
      this.#options.onUnreadable?.(id);
      return [];
    }
  }

  /** Chooses again where the time has come for another choice. */
  #settle(): void {
    const nowMs = this.#options.clock.monotonic();
    if (nowMs < this.#validUntilMs) return;
    const published = this.#keys.filter((key) => signingKeyState({ ...key, retiresAtMs: null }, nowMs) !== 'gone');
    this.#signing = published.findLast((key) => key.signsFromMs <= nowMs) ?? this.#signing;
    this.#keySet = keySetOf(published);
    const turns = this.#keys.flatMap(({ signsFromMs, goneAtMs }) => [signsFromMs, goneAtMs ?? Infinity]);
    this.#validUntilMs = Math.min(...turns.filter((turn) => turn > nowMs));
  }
}

function liveKey(
  privateKey: KeyObject,
  { id, algorithm }: StoredKey,
  life: Pick<LiveKey, 'signsFromMs' | 'goneAtMs'>,
): LiveKey {
  const sign = (text: string): string => signText(text, privateKey, algorithm);
  return { id, algorithm, publicJwk: publicJwk(privateKey, { id, algorithm }), sign, ...life };
}

function keySetOf(keys: readonly LiveKey[]): KeySet {
  const text = `${JSON.stringify({ keys: keys.map((key) => key.publicJwk) })}\n`;
  return { text, etag: `"${createHash('sha256').update(text).digest('base64url').slice(0, 22)}"` };
}
