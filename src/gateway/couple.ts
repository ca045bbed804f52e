import type { Socket } from 'node:net';

const keepAliveMs = 30_000;

/** How long one end may be silent once the other has said all it had to say, or is gone. */
const lastWordsMs = 10_000;

/**
 * Makes a tunnel of two sockets: bytes both ways with back-pressure. When one end finishes in order, the other still gets
 * all that was sent and may have its last words; a reset of one is the end of both.
 * @returns lets go of both: nothing passes any more, and neither ends with the other
 */
export function couple(client: Socket, upstream: Socket): () => void {
  const releases = [pass(client, upstream), pass(upstream, client)];
  return () => {
    for (const release of releases) release();
  };
}

function pass(socket: Socket, other: Socket): () => void {
  const onEnd = (): void => {
    hasten(socket);
    hasten(other);
  };
  const onClose = (hadError: boolean): void => {
    if (hadError || !socket.readableEnded) other.destroy();
    else other.destroySoon();
  };
  // A tunnel may be silent for long; a dead peer is found by the system's probes.
  socket.setTimeout(0);
  socket.setNoDelay(true);
  socket.setKeepAlive(true, keepAliveMs);
  socket.once('end', onEnd);
  socket.once('close', onClose);
  socket.pipe(other);
  return () => {
    socket.off('end', onEnd).off('close', onClose).unpipe(other);
  };
}

function hasten(socket: Socket): void {
  socket.setTimeout(lastWordsMs, () => socket.destroy());
}
