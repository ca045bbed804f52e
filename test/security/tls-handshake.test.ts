import { once } from 'node:events';
import { connect } from 'node:net';
import { beforeAll, describe, expect, it } from 'vitest';
import { localhostCertificate } from '../support/certificate.ts';
import { openRoute, startDataPlane, type DataPlane } from '../support/data-plane.ts';

const headerTimeoutMs = 300;

let plane: DataPlane;
beforeAll(async () => {
  const { cert, key } = localhostCertificate;
  plane = await startDataPlane({
    targets: [1],
    routes: [openRoute()],
    tls: { cert, key },
    limits: { headerTimeoutMs },
  });
});

/** The beginning of a ClientHello. */
const helloBytes = Buffer.from('16030100c8010000c40303', 'hex');

describe('a client that never finishes its TLS handshake', () => {
  it.each([
    ['says nothing', Buffer.alloc(0)],
    ['stops within its hello', helloBytes],
    ['speaks plain HTTP', Buffer.from('GET / HTTP/1.1\r\nHost: h\r\n\r\n')],
    ['sends junk', Buffer.from('junk\r\n\r\n'.repeat(100))],
    ['offers what nobody takes', Buffer.from('15030100020100', 'hex')],
  ])('is let go when it %s', async (_, bytes) => {
    const client = connect({ port: plane.port, host: '127.0.0.1', allowHalfOpen: true });
    client.on('error', () => undefined).resume();
    client.write(bytes);
    // It does not close by itself, so the gateway has to.
    await Promise.race([once(client, 'end'), once(client, 'close')]);
    await expect.poll(() => plane.connections()).toBe(0);
    client.destroy();
  });
});
