import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onCleanup } from './cleanup.ts';

/** What a target does when it is asked for its health: a status, never an answer, or an answer as odd as can be. */
export type Health = number | 'hang' | 'stream' | 'large' | 'slow' | 'switch';

/** An upstream's target that is asked for its health at `/healthz`, and answers anything else with its name. */
export interface CheckedTarget {
  readonly port: number;
  health: Health;
  /** The requests for its health so far. */
  readonly checks: readonly IncomingMessage[];
  /** The most of them that there were at a time. */
  readonly mostAtOnce: number;
  /** The most that was written into one answer. */
  readonly mostWritten: number;
  /** Any other requests. */
  readonly served: number;
  /** Ends every connection and takes none, until `listen`. */
  refuse(): void;
  listen(): Promise<void>;
  connections(): Promise<number>;
}

export const largeBytes = 10 * 1024 * 1024;
const slowMs = 150;

class Target implements CheckedTarget {
  readonly checks: IncomingMessage[] = [];
  port = 0;
  health: Health = 200;
  mostAtOnce = 0;
  mostWritten = 0;
  served = 0;
  #atOnce = 0;
  readonly #name: string;
  readonly #server = createServer((req, res) =>
    req.url?.startsWith('/healthz') ? this.#check(req, res) : this.#serve(res),
  );

  constructor(name: string) {
    this.#name = name;
    this.#server.on('upgrade', (_, socket) => {
      this.served++;
      socket.on('error', () => socket.destroy());
      socket.end(`HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: bytes\r\n\r\n${this.#name}`);
    });
  }

  async listen(): Promise<void> {
    this.#server.listen(this.port, '127.0.0.1');
    await once(this.#server, 'listening');
    this.port = (this.#server.address() as AddressInfo).port;
  }

  refuse(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  connections(): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.getConnections((error, count) => (error === null ? resolve(count) : reject(error)));
    });
  }

  #serve(res: ServerResponse): void {
    this.served++;
    res.end(this.#name);
  }

  #check(req: IncomingMessage, res: ServerResponse): void {
    this.checks.push(req);
    this.#atOnce++;
    this.mostAtOnce = Math.max(this.mostAtOnce, this.#atOnce);
    const { socket } = req;
    socket.once('close', () => {
      this.#atOnce--;
      this.mostWritten = Math.max(this.mostWritten, socket.bytesWritten);
    });
    this.#answer(res);
  }

  #answer(res: ServerResponse): void {
    switch (this.health) {
      case 'hang':
        return;
      case 'slow':
        setTimeout(() => res.end(), slowMs);
        return;
      case 'large':
        res.writeHead(200, { 'content-length': largeBytes });
        pour(res, largeBytes);
        return;
      case 'stream':
        pour(res, Infinity);
        return;
      case 'switch':
        res.writeHead(101, { connection: 'upgrade', upgrade: 'bytes' }).end();
        return;
      default:
        res.writeHead(this.health, this.health === 302 ? { location: '/elsewhere' } : {}).end('as it is');
    }
  }
}

/** Writes so many bytes, as fast as they are read. */
function pour(res: ServerResponse, bytes: number): void {
  const chunk = Buffer.alloc(Math.min(bytes, 64 * 1024));
  if (bytes === 0) res.end();
  else res.write(chunk, () => pour(res, bytes - chunk.length));
}

/** Starts one; it ends with the tests of this file. */
export async function startCheckedTarget(name: string): Promise<CheckedTarget> {
  const target = new Target(name);
  await target.listen();
  onCleanup(() => target.refuse());
  return target;
}
