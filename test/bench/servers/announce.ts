import type { Server } from 'node:net';

/**
 * Listens on a free port of the loopback address, tells the process that forked this one which, and ends with it.
 * For the programs of this folder, which `children.ts` starts.
 */
export function announce(server: Server): void {
  endWithParent();
  server.listen(0, '127.0.0.1', () => {
    const address = server.address();
    if (address !== null && typeof address === 'object') process.send?.({ port: address.port });
  });
}

/** Leaves no orphan: the channel to the parent closes whichever way the parent ends. */
export function endWithParent(): void {
  process.on('disconnect', () => process.exit(0));
}

/** The port that was given as the first argument. */
export function portArgument(): number {
  const port = Number(process.argv[2]);
  if (!Number.isInteger(port) || port <= 0) throw new Error('the first argument must be a port');
  return port;
}
