import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

const connectedAtOnce = 200;

/** Sends the same request on each of `size` connections at the same moment, and counts the answers by their status. */
export async function stampede(ports: readonly number[], token: string, size: number): Promise<Record<string, number>> {
  const sockets: Socket[] = [];
  try {
    while (sockets.length < size) {
      const next = Math.min(connectedAtOnce, size - sockets.length);
      const connecting = Array.from({ length: next }, (_, at) => open(ports[at % ports.length] ?? 0));
      sockets.push(...(await Promise.all(connecting)));
    }
    const answers = sockets.map(firstLine);
    const text = `GET /api/devices HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\n\r\n`;
    for (const socket of sockets) socket.write(text);
    const counts: Record<string, number> = {};
    for (const line of await Promise.all(answers)) {
      const status = line.split(' ')[1] ?? 'none';
      counts[status] = (counts[status] ?? 0) + 1;
    }
    return counts;
  } finally {
    for (const socket of sockets) socket.destroy();
  }
}

async function open(port: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  await once(socket, 'connect');
  return socket;
}

function firstLine(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1');
      if (text.includes('\r\n')) resolve(text.split('\r\n', 1)[0] ?? '');
    });
    socket.on('close', () => resolve(''));
    socket.on('error', () => resolve(''));
  });
}
