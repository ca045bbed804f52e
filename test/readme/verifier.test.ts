import { writeFile, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { onCleanup } from '../support/cleanup.ts';
import { startDataPlane } from '../support/data-plane.ts';
import { routeFixture } from '../support/route-fixture.ts';
import { signingKeysFixture } from '../support/signing-keys.ts';
import { blocks, repository } from './document.ts';

interface Verifier {
  identityOf(req: Pick<IncomingMessage, 'headers' | 'method' | 'url'>): Promise<Record<string, unknown>>;
}

const code = blocks.find(({ mark }) => mark === 'verifier')?.text ?? '';

/** The verifier of README.md as a module, with what its reader is told to change. */
async function verifierFor(port: number, bound: boolean): Promise<Verifier> {
  const text = code
    .replace('http://127.0.0.1:8080', `http://127.0.0.1:${port}`)
    .replace('bound = false', `bound = ${String(bound)}`);
  // Beside the sources, so that it finds the packages of the repository.
  const file = join(fileURLToPath(repository), 'test/readme', `verifier-${port}-${String(bound)}.mjs`);
  await writeFile(file, text);
  onCleanup(() => rm(file, { force: true }));
  return (await import(file)) as Verifier;
}

function requestWith(headers: IncomingMessage['headers']): Pick<IncomingMessage, 'headers' | 'method' | 'url'> {
  return { method: 'GET', url: '/plain/1', headers };
}

async function startUpstream() {
  const received: IncomingMessage[] = [];
  const server = createServer((req, res) => {
    received.push(req);
    res.end('ok');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onCleanup(() => {
    server.closeAllConnections();
    server.close();
  });
  return { received, port: (server.address() as AddressInfo).port };
}

describe('the verifier for Node in README.md', () => {
  it('has ten to thirty lines', () => {
    expect(code.trim().split('\n').length).toBeGreaterThanOrEqual(10);
    expect(code.trim().split('\n').length).toBeLessThanOrEqual(30);
  });

  it('takes what the gateway sent, and nothing else', async () => {
    const upstream = await startUpstream();
    const { keys } = await signingKeysFixture();
    const plane = await startDataPlane({
      targets: [upstream.port],
      keys,
      routes: [
        routeFixture({ path: '/plain/**', audience: 'inventory' }),
        routeFixture({ path: '/bound/**', name: 'bound', audience: 'inventory', assertionBinding: 'request' }),
        routeFixture({ path: '/other/**', name: 'other', audience: 'other' }),
      ],
    });
    const token = plane.issue({ id: 'tok_1' });
    for (const path of ['/plain/1', '/bound/1?a=%20', '/bound/2', '/other/1']) {
      await fetch(`http://127.0.0.1:${plane.port}${path}`, { headers: { authorization: `Bearer ${token}` } });
    }
    const [plain, bound, elsewhere, other] = upstream.received;
    if (plain === undefined || bound === undefined || elsewhere === undefined || other === undefined) {
      throw new Error('the upstream missed a request');
    }
    const [ordinary, strict] = [await verifierFor(plane.port, false), await verifierFor(plane.port, true)];
    expect(await ordinary.identityOf(plain)).toMatchObject({ token_id: 'tok_1', kind: 'human' });
    await expect(ordinary.identityOf(other)).rejects.toThrow('"aud"');
    await expect(ordinary.identityOf(requestWith({}))).rejects.toThrow('Invalid Compact JWS');
    const [head = '', , signature = ''] = String(plain.headers['x-auth-assertion']).split('.');
    const claims = Buffer.from(JSON.stringify({ aud: 'inventory', iss: 'wayleave', sub: 'root' })).toString(
      'base64url',
    );
    const forged = requestWith({ 'x-auth-assertion': `${head}.${claims}.${signature}` });
    await expect(ordinary.identityOf(forged)).rejects.toThrow('signature');

    expect(await strict.identityOf(bound)).toMatchObject({ htm: 'GET' });
    await expect(strict.identityOf(plain)).rejects.toThrow('another request');
    const moved = { method: 'GET', url: elsewhere.url ?? '', headers: bound.headers };
    await expect(strict.identityOf(moved)).rejects.toThrow('another request');
    await expect(strict.identityOf({ ...moved, method: 'DELETE', url: bound.url ?? '' })).rejects.toThrow(
      'another request',
    );
  });
});
