import type { Socket } from 'node:net';
import { exchangeOf, type Exchange } from './exchange.ts';

/** Requests of one connection that wait for the answers before them; more are no client's honest wish. */
const waitingMax = 100;

const waiting = new WeakMap<Socket, number>();

/** The newest exchange of a connection, if its answer is not out yet. */
export function unansweredOn(socket: Socket): Exchange | undefined {
  const newest = exchangeOf(socket);
  return newest === undefined || newest.res.closed ? undefined : newest;
}

/**
 * Waits until the answer before a pipelined request is out: requests of one connection are taken one after another, for
 * those that change something may not overtake each other (RFC 9112, section 9.3.2), and none is taken behind an answer
 * that ends the connection, such as the refusal of a request whose end is in doubt.
 * @returns whether the request may be taken
 */
export async function awaitTurn(earlier: Exchange, socket: Socket): Promise<boolean> {
  const count = (waiting.get(socket) ?? 0) + 1;
  if (count > waitingMax) {
    socket.destroy();
    return false;
  }
  waiting.set(socket, count);
  await new Promise((resolve) => earlier.res.once('close', resolve));
  waiting.set(socket, (waiting.get(socket) ?? 1) - 1);
  return socket.writable;
}
