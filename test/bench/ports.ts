import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { systemClock } from '../../src/lib/clock.ts';

/** A port of the loopback address that nobody listens on, for programs that can't say which one they took. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('a TCP server has no port');
  return address.port;
}

/** Waits until something accepts connections on the port. Throws after `limitMs`. */
export async function untilListening(port: number, limitMs: number): Promise<void> {
  const end = systemClock.monotonic() + limitMs;
  while (!(await accepts(port))) {
    if (systemClock.monotonic() > end) throw new Error(`nothing listens on port ${port} after ${limitMs} ms`);
    await delay(50);
  }
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}
