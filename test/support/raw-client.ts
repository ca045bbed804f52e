import { connect, type Socket } from 'node:net';
import { declaredFraming, WireReader, type WireMessage } from './wire-reader.ts';

/** An answer as its bytes stood on the wire. */
export interface RawAnswer extends WireMessage {
  readonly status: number;
  /** Milliseconds after the request was sent. */
  readonly atMs: number;
}

/** Everything that came back on one connection. */
export interface Exchanged {
  /** Final answers in their order, the last one perhaps incomplete. */
  readonly answers: readonly RawAnswer[];
  /** Interim answers (1xx but 101). */
  readonly interim: readonly RawAnswer[];
  /** What came after a 101. */
  readonly tunnelled: string;
  /** Bytes that made no answer. */
  readonly strayBytes: string;
  /** Whether the other side has closed; `reset` when it did so by RST. */
  readonly closed: boolean;
  readonly reset: boolean;
  /** Milliseconds until it closed. */
  readonly closedAtMs: number | undefined;
}

export interface RawConnection {
  readonly socket: Socket;
  send(bytes: string): void;
  /** What has come back so far. */
  look(): Exchanged;
  /** Resolves once `isEnough` says so, at each change, or the connection closes, or the time is over. */
  until(isEnough: (exchanged: Exchanged) => boolean, timeoutMs?: number): Promise<Exchanged>;
  /** Goes away without a word. */
  abort(): void;
}

const usualWaitMs = 10_000;

/**
 * Opens a connection on which any bytes can be sent.
 * @param methods the methods of the requests in their order, for answers to HEAD have no body
 */
export async function openRaw(port: number, methods: readonly string[] = []): Promise<RawConnection> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', reject);
  });
  return new Connection(socket, methods);
}

/** Sends bytes on a connection of their own and waits for an answer, or for the connection to close. */
export async function sendRaw(port: number, bytes: string, answers = 1): Promise<Exchanged> {
  const connection = await openRaw(port, methodsIn(bytes));
  connection.send(bytes);
  const exchanged = await connection.until(
    (seen) => seen.answers.filter((answer) => answer.complete).length >= answers,
  );
  connection.abort();
  return exchanged;
}

/** The methods of the requests that bytes seem to hold; an exact reading is not needed. */
export function methodsIn(bytes: string): string[] {
  return [...bytes.matchAll(/(?:^|\r\n)([A-Z]+) \S+ HTTP\/1/g)].map(([, method = '']) => method);
}

class Connection implements RawConnection {
  readonly socket: Socket;
  readonly #methods: string[];
  readonly #answers: WireMessage[] = [];
  readonly #times = new WeakMap<WireMessage, number>();
  readonly #reader: WireReader;
  readonly #listeners = new Set<() => void>();
  #tunnelled = '';
  #sentAt = performance.now();
  #closedAt: number | undefined;
  #reset = false;

  constructor(socket: Socket, methods: readonly string[]) {
    this.socket = socket;
    this.#methods = [...methods];
    this.#reader = new WireReader({
      framingOf: (message) => this.#framingOf(message),
      onHead: (message) => {
        this.#answers.push(message);
        this.#times.set(message, performance.now());
      },
      onComplete: () => undefined,
      onRaw: (bytes) => {
        this.#tunnelled += bytes;
      },
    });
    socket.on('data', (bytes) => {
      this.#reader.push(bytes);
      this.#changed();
    });
    socket.on('error', (error) => {
      this.#reset = 'code' in error && error.code === 'ECONNRESET';
    });
    socket.on('end', () => this.#ended());
    socket.on('close', () => this.#ended());
  }

  send(bytes: string): void {
    this.#sentAt = performance.now();
    this.socket.write(bytes, 'latin1');
  }

  look(): Exchanged {
    const all = this.#answers.map((message) => ({
      ...message,
      status: statusOf(message),
      atMs: (this.#times.get(message) ?? 0) - this.#sentAt,
    }));
    return {
      answers: all.filter(({ status }) => isFinal(status)),
      interim: all.filter(({ status }) => !isFinal(status)),
      tunnelled: this.#tunnelled,
      strayBytes: this.#reader.leftOver,
      closed: this.#closedAt !== undefined,
      reset: this.#reset,
      closedAtMs: this.#closedAt === undefined ? undefined : this.#closedAt - this.#sentAt,
    };
  }

  until(isEnough: (exchanged: Exchanged) => boolean, timeoutMs = usualWaitMs): Promise<Exchanged> {
    return new Promise((resolve) => {
      const check = (): void => {
        const seen = this.look();
        if (!seen.closed && !isEnough(seen)) return;
        clearTimeout(timer);
        this.#listeners.delete(check);
        resolve(seen);
      };
      const timer = setTimeout(() => {
        this.#listeners.delete(check);
        resolve(this.look());
      }, timeoutMs);
      this.#listeners.add(check);
      check();
    });
  }

  abort(): void {
    this.socket.destroy();
  }

  #ended(): void {
    if (this.#closedAt !== undefined) return;
    this.#reader.end();
    this.#closedAt = performance.now();
    this.socket.end();
    this.#changed();
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
  }

  #framingOf(message: WireMessage) {
    const status = statusOf(message);
    if (status === 101) return 'raw';
    const method = isFinal(status) ? this.#methods.shift() : undefined;
    if (method === 'HEAD' || !isFinal(status) || status === 204 || status === 304) {
      return { kind: 'length', bytes: 0 } as const;
    }
    return declaredFraming(message) ?? ({ kind: 'until-close' } as const);
  }
}

function statusOf(message: WireMessage): number {
  return Number(message.startLine.split(' ')[1] ?? Number.NaN);
}

function isFinal(status: number): boolean {
  return status >= 200 || status === 101;
}
