import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Pool, type Dispatcher } from 'undici';
import { announce, portArgument } from './announce.ts';

/**
 * The leanest pass-through in Node that is still honest: raw header fields both ways without the hop-by-hop ones,
 * bodies streamed with back-pressure both ways, either side's end passed on. What a gateway costs is measured by it.
 */
const pool = new Pool(`http://127.0.0.1:${portArgument()}`);
const hopByHop = new Set(['connection', 'keep-alive', 'transfer-encoding', 'upgrade', 'te', 'trailer']);

class PassThrough implements Dispatcher.DispatchHandler {
  readonly #response: ServerResponse;
  #abort: (() => void) | undefined;
  #resume = (): void => undefined;

  constructor(response: ServerResponse) {
    this.#response = response;
    response.on('close', () => this.#abort?.());
  }

  onConnect(abort: () => void): void {
    this.#abort = abort;
  }

  onHeaders(status: number, fields: Buffer[], resume: () => void): boolean {
    if (status < 200) return true;
    this.#resume = resume;
    this.#response.writeHead(status, endToEnd(fields.map((field) => field.toString('latin1'))));
    return true;
  }

  onData(chunk: Buffer): boolean {
    if (this.#response.write(chunk)) return true;
    this.#response.once('drain', this.#resume);
    return false;
  }

  onComplete(): void {
    this.#abort = undefined;
    this.#response.end();
  }

  onError(): void {
    this.#abort = undefined;
    if (this.#response.headersSent) this.#response.destroy();
    else this.#response.writeHead(502).end();
  }
}

function endToEnd(fields: readonly string[]): string[] {
  const kept: string[] = [];
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const name = fields[at] ?? '';
    if (!hopByHop.has(name.toLowerCase())) kept.push(name, fields[at + 1] ?? '');
  }
  return kept;
}

announce(
  createServer((request: IncomingMessage, response: ServerResponse) => {
    const hasBody =
      request.headers['content-length'] !== undefined || request.headers['transfer-encoding'] !== undefined;
    pool.dispatch(
      {
        path: request.url ?? '/',
        method: request.method ?? 'GET',
        headers: endToEnd(request.rawHeaders),
        body: hasBody ? request : null,
      },
      new PassThrough(response),
    );
  }),
);
