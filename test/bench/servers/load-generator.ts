import { connect, type Socket } from 'node:net';
import { systemClock } from '../../../src/lib/clock.ts';
import type { Load, LoadAnswer, LoadResult } from '../load.ts';
import { percentile } from '../statistics.ts';
import { endWithParent } from './announce.ts';

/**
 * A closed loop over bare sockets: each connection sends its next request when the whole answer to the last one is in.
 * Own code rather than wrk or autocannon: it is there wherever Node is, it costs less than autocannon (the machine's
 * cores belong to what is measured), and it reads every answer, so that no proxy gains by answering with errors.
 */
const headEnd = '\r\n\r\n';
const silenceLimitMs = 10_000;

interface Run {
  readonly load: Load;
  readonly request: Buffer;
  readonly until: number;
  readonly latenciesMs: number[];
}

async function generate(load: Load): Promise<LoadResult> {
  const start = systemClock.monotonic();
  const request = Buffer.from(load.request, 'latin1');
  const state: Run = { load, request, until: start + load.durationMs, latenciesMs: [] };
  await Promise.all(Array.from({ length: load.connections }, () => keepAsking(state)));
  const elapsedMs = systemClock.monotonic() - start;
  const sorted = Float64Array.from(state.latenciesMs).toSorted();
  return { requests: sorted.length, elapsedMs, p50Ms: percentile(sorted, 0.5), p99Ms: percentile(sorted, 0.99) };
}

function keepAsking(state: Run): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port: state.load.port, host: '127.0.0.1', noDelay: true });
    const fail = (reason: string): void => {
      socket.destroy();
      reject(new Error(reason));
    };
    socket.setTimeout(silenceLimitMs, () => fail(`no answer within ${silenceLimitMs} ms`));
    socket.on('error', (error) => fail(error.message));
    socket.on('close', () => fail('the connection was closed'));
    socket.on('connect', () => {
      new Exchange(state, socket, fail, () => {
        resolve();
        socket.destroy();
      }).send();
    });
  });
}

class Exchange {
  readonly #run: Run;
  readonly #socket: Socket;
  readonly #done: () => void;
  #sentAt = 0;
  #head = '';
  #bodyBytesLeft = 0;

  constructor(run: Run, socket: Socket, fail: (reason: string) => void, done: () => void) {
    this.#run = run;
    this.#socket = socket;
    this.#done = done;
    socket.on('data', (chunk) => {
      const problem = this.#read(chunk);
      if (problem !== undefined) fail(problem);
    });
  }

  send(): void {
    this.#sentAt = systemClock.monotonic();
    this.#socket.write(this.#run.request);
  }

  /** Takes a piece of the answer; returns what is wrong with it, if anything. */
  #read(chunk: Buffer): string | undefined {
    if (this.#bodyBytesLeft > 0) return this.#readBody(chunk.length);
    this.#head += chunk.toString('latin1');
    const end = this.#head.indexOf(headEnd);
    if (end === -1) return undefined;
    const head = this.#head.slice(0, end + 2);
    const bodyBytesHere = this.#head.length - end - headEnd.length;
    const length = /\r\ncontent-length: *(\d+)\r\n/i.exec(head)?.[1];
    if (!head.startsWith('HTTP/1.1 200') || length === undefined) return `got\n${this.#head}`;
    this.#head = '';
    this.#bodyBytesLeft = Number(length);
    return this.#readBody(bodyBytesHere);
  }

  #readBody(bytes: number): string | undefined {
    this.#bodyBytesLeft -= bytes;
    if (this.#bodyBytesLeft < 0) return 'more bytes came than Content-Length says';
    if (this.#bodyBytesLeft > 0) return undefined;
    const now = systemClock.monotonic();
    this.#run.latenciesMs.push(now - this.#sentAt);
    if (now < this.#run.until) this.send();
    else this.#done();
    return undefined;
  }
}

function answer(message: LoadAnswer): void {
  process.send?.(message);
}

endWithParent();
process.on('message', (load: Load) => {
  generate(load).then(
    (result) => answer({ result }),
    (error: unknown) => answer({ failure: error instanceof Error ? error.message : String(error) }),
  );
});
process.send?.({ port: 0 });
