import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { announcedPorts, startProgram } from './child-gateway.ts';
import { onCleanup } from './cleanup.ts';

/** A port that takes no connection and refuses none. */
export async function startSilentPort(): Promise<number> {
  const hole = await startProgram('support/black-hole.ts', []);
  const [port = 0] = announcedPorts(hole);
  // The system itself takes as many as fit into its queue.
  for (let taken = true; taken;) taken = await isTaken(port);
  return port;
}

async function isTaken(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  onCleanup(() => socket.destroy());
  socket.on('error', () => undefined);
  const connected = new Promise<boolean>((resolve) => socket.once('connect', () => resolve(true)));
  return Promise.race([connected, delay(300, false)]);
}
