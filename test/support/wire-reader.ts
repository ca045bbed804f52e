/** An HTTP/1.1 message as it stood on the wire; text is one character a byte. */
export interface WireMessage {
  startLine: string;
  /** In order and spelling. */
  headers: [name: string, value: string][];
  body: string;
  trailers: [name: string, value: string][];
  /** False while, by its own framing, something of it is missing. */
  complete: boolean;
}

/** How a message says where it ends (RFC 9112, section 6.3). */
export type Framing = { kind: 'length'; bytes: number } | { kind: 'chunked' } | { kind: 'until-close' };

type Step = 'head' | 'length' | 'chunk-size' | 'chunk-data' | 'chunk-end' | 'trailers' | 'until-close' | 'raw';

export interface WireReaderOptions {
  /** Settles where a message ends, by its head; `raw` when no message follows this head (an upgrade). */
  readonly framingOf: (message: WireMessage) => Framing | 'raw';
  /** A head is complete. */
  readonly onHead?: (message: WireMessage) => void;
  readonly onComplete: (message: WireMessage) => void;
  /** Bytes that belong to no message. */
  readonly onRaw?: (bytes: string) => void;
}

/** Takes messages apart as plainly as the rules allow, so that tests see what was sent rather than what was meant. */
export class WireReader {
  readonly #options: WireReaderOptions;
  #pending = '';
  #step: Step = 'head';
  #missing = 0;
  #message: WireMessage | undefined;

  constructor(options: WireReaderOptions) {
    this.#options = options;
  }

  /** Bytes that have made no complete head so far. */
  get leftOver(): string {
    return this.#message === undefined ? this.#pending : '';
  }

  push(bytes: Buffer): void {
    this.#pending += bytes.toString('latin1');
    while (this.#advance());
  }

  /** The other side has closed: what lasts until then is complete. */
  end(): void {
    if (this.#step === 'until-close') this.#complete();
  }

  /** @returns whether there may be more to do with what is there already */
  #advance(): boolean {
    switch (this.#step) {
      case 'head':
        return this.#readHead();
      case 'length':
      case 'chunk-data':
        return this.#readData();
      case 'chunk-size':
        return this.#readChunkSize();
      case 'chunk-end':
        return this.#line() !== undefined && this.#go('chunk-size');
      case 'trailers':
        return this.#readTrailer();
      case 'until-close':
        if (this.#message !== undefined) this.#message.body += this.#takeAll();
        return false;
      case 'raw': {
        const bytes = this.#takeAll();
        if (bytes !== '') this.#options.onRaw?.(bytes);
        return false;
      }
    }
  }

  #readHead(): boolean {
    const end = this.#pending.indexOf('\r\n\r\n');
    if (end === -1) return false;
    const [startLine = '', ...lines] = this.#pending.slice(0, end).split('\r\n');
    this.#pending = this.#pending.slice(end + 4);
    const message: WireMessage = { startLine, headers: lines.map(field), body: '', trailers: [], complete: false };
    this.#message = message;
    const framing = this.#options.framingOf(message);
    this.#options.onHead?.(message);
    if (framing === 'raw') {
      this.#complete();
      return this.#go('raw');
    }
    if (framing.kind === 'chunked') return this.#go('chunk-size');
    if (framing.kind === 'until-close') return this.#go('until-close');
    this.#missing = framing.bytes;
    return this.#go('length');
  }

  #readData(): boolean {
    const taken = this.#pending.slice(0, this.#missing);
    this.#pending = this.#pending.slice(taken.length);
    this.#missing -= taken.length;
    if (this.#message !== undefined) this.#message.body += taken;
    if (this.#missing > 0) return false;
    if (this.#step === 'chunk-data') return this.#go('chunk-end');
    this.#complete();
    return true;
  }

  #readChunkSize(): boolean {
    const line = this.#line();
    if (line === undefined) return false;
    this.#missing = Number.parseInt(line, 16);
    return this.#go(this.#missing > 0 ? 'chunk-data' : 'trailers');
  }

  #readTrailer(): boolean {
    const line = this.#line();
    if (line === undefined) return false;
    if (line !== '') this.#message?.trailers.push(field(line));
    else this.#complete();
    return true;
  }

  #complete(): void {
    const message = this.#message;
    this.#message = undefined;
    this.#step = 'head';
    if (message === undefined) return;
    message.complete = true;
    this.#options.onComplete(message);
  }

  #line(): string | undefined {
    const end = this.#pending.indexOf('\r\n');
    if (end === -1) return undefined;
    const line = this.#pending.slice(0, end);
    this.#pending = this.#pending.slice(end + 2);
    return line;
  }

  #takeAll(): string {
    const bytes = this.#pending;
    this.#pending = '';
    return bytes;
  }

  #go(step: Step): true {
    this.#step = step;
    return true;
  }
}

/** What the header fields of a message say of its length; undefined when they say nothing. */
export function declaredFraming(message: WireMessage): Framing | undefined {
  if (/chunked/i.test(headerOf(message, 'transfer-encoding') ?? '')) return { kind: 'chunked' };
  const length = headerOf(message, 'content-length');
  return length === undefined ? undefined : { kind: 'length', bytes: Number(length) };
}

/** Every value of a header field, in order. */
export function valuesOf(headers: readonly (readonly [string, string])[], name: string): string[] {
  return headers.filter(([own]) => own.toLowerCase() === name.toLowerCase()).map(([, value]) => value);
}

function headerOf(message: WireMessage, name: string): string | undefined {
  return valuesOf(message.headers, name)[0];
}

function field(line: string): [string, string] {
  const colon = line.indexOf(':');
  return colon === -1 ? [line, ''] : [line.slice(0, colon), line.slice(colon + 1).trim()];
}
