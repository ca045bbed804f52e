import type { Socket } from 'node:net';

const lingerMs = 2000;

/**
 * Ends a connection of which Node's server has let go. What its client still sends is read and thrown away for a while,
 * however it trickles in: bytes left unread would make a reset of the close, and hide that the client has left.
 */
export function endConnection(socket: Socket): void {
  socket.end();
  socket.resume();
  const timer = setTimeout(() => socket.destroy(), lingerMs);
  socket.once('close', () => clearTimeout(timer));
}
