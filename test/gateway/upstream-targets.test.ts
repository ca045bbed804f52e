import { once } from 'node:events';
import { createServer as createPlainServer } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { localhostCertificate } from '../support/certificate.ts';
import { startChildGateway } from '../support/child-gateway.ts';
import { onCleanup } from '../support/cleanup.ts';
import { startDataPlane, type DataPlane } from '../support/data-plane.ts';
import { freePort } from '../support/free-port.ts';
import { only, statusOf } from '../support/http-message.ts';
import { answerText, ask, lines, startRawUpstream } from '../support/speak-http.ts';
import { dial } from '../support/wire.ts';

const get = lines('GET / HTTP/1.1', 'Host: api.example');

async function startTlsUpstream(): Promise<{ origin: string; hosts: (string | undefined)[] }> {
  const hosts: (string | undefined)[] = [];
  const server: Server = createServer(
    { cert: localhostCertificate.cert, key: localhostCertificate.key },
    (req, res) => {
      hosts.push(req.headers.host);
      res.end('over TLS');
    },
  );
  server.on('upgrade', (req, socket) => {
    hosts.push(req.headers.host);
    socket.write(lines('HTTP/1.1 101 Switching Protocols', 'Connection: Upgrade', 'Upgrade: bytes'));
    socket.pipe(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onCleanup(() => {
    server.close();
    server.closeAllConnections();
  });
  return { origin: `https://localhost:${(server.address() as AddressInfo).port}`, hosts };
}

describe('an https upstream', () => {
  it('whose certificate nobody vouches for is not spoken to', async () => {
    const upstream = await startTlsUpstream();
    const plane = await startDataPlane({ targets: [upstream.origin] });
    const answer = await ask(plane.port, get);
    expect(statusOf(answer)).toBe(502);
    expect(only(answer, 'x-wayleave-error')).toBe('upstream_unreachable');
    expect(upstream.hosts).toEqual([]);
  });

  it('whose certificate is for another name is not spoken to', async () => {
    const upstream = await startTlsUpstream();
    const origin = upstream.origin.replace('localhost', '127.0.0.2');
    const gateway = await startChildGateway([origin], { NODE_EXTRA_CA_CERTS: localhostCertificate.path });
    expect(statusOf(await ask(gateway.port, get))).toBe(502);
    expect(upstream.hosts).toEqual([]);
  });

  it('is reached under its own name where the machine trusts its certificate', async () => {
    const upstream = await startTlsUpstream();
    const gateway = await startChildGateway([upstream.origin], { NODE_EXTRA_CA_CERTS: localhostCertificate.path });
    const answer = await ask(gateway.port, get);
    expect(answer).toMatchObject({ startLine: 'HTTP/1.1 200 OK', body: 'over TLS' });
    expect(upstream.hosts).toEqual([new URL(upstream.origin).host]);
  });
});

describe('an upgrade to an https upstream', () => {
  const upgrade = lines('GET / HTTP/1.1', 'Host: api.example', 'Connection: upgrade', 'Upgrade: bytes');

  it('whose certificate nobody vouches for does not happen', async () => {
    const upstream = await startTlsUpstream();
    const plane = await startDataPlane({ targets: [upstream.origin] });
    expect(statusOf(await ask(plane.port, upgrade))).toBe(502);
    expect(upstream.hosts).toEqual([]);
  });

  it('is a tunnel where the machine trusts its certificate', async () => {
    const upstream = await startTlsUpstream();
    const gateway = await startChildGateway([upstream.origin], { NODE_EXTRA_CA_CERTS: localhostCertificate.path });
    const client = (await dial(gateway.port)).send(upgrade);
    await client.untilText('\r\n\r\n');
    client.send('there and back');
    expect(await client.untilText('there and back')).toMatch(/^HTTP\/1\.1 101 /);
    expect(upstream.hosts).toEqual([new URL(upstream.origin).host]);
    client.reset();
  });
});

describe('several targets', () => {
  const named = (name: string) => startRawUpstream(answerText('HTTP/1.1 200 OK', name));

  it('are asked in turn', async () => {
    const targets = [await named('a'), await named('b'), await named('c')];
    const plane = await startDataPlane({ targets: targets.map(({ port }) => port) });
    const bodies: string[] = [];
    for (let request = 0; request < 7; request++) bodies.push((await ask(plane.port, get)).body);
    expect(bodies.join('')).toBe('abcabca');
  });

  it.each([
    ['of known length', `${lines('POST / HTTP/1.1', 'Host: h', 'Content-Length: 5')}hello`],
    ['in chunks', `${lines('POST / HTTP/1.1', 'Host: h', 'Transfer-Encoding: chunked')}5\r\nhello\r\n0\r\n\r\n`],
  ])('may be dead: the next one gets the request, body %s and all', async (_, request) => {
    const alive = await named('alive');
    const plane = await startDataPlane({ targets: [await freePort(), await freePort(), alive.port] });
    for (let turn = 0; turn < 6; turn++) expect(await ask(plane.port, request)).toMatchObject({ body: 'alive' });
    expect(alive.requests.map(({ body }) => body)).toEqual(Array(6).fill('hello'));
  });

  it('do not get a request that another one may have seen', async () => {
    const broken = await startRawUpstream((_, wire) => {
      wire.reset();
      return undefined;
    });
    const alive = await named('alive');
    const plane = await startDataPlane({ targets: [broken.port, alive.port] });
    const request = `${lines('POST / HTTP/1.1', 'Host: h', 'Content-Length: 5')}hello`;
    expect(statusOf(await ask(plane.port, request))).toBe(502);
    expect(broken.requests).toHaveLength(1);
    expect(alive.requests).toHaveLength(0);
  });

  it('that are all dead make one answer, 502', async () => {
    const plane = await startDataPlane({ targets: [await freePort(), await freePort()] });
    const answer = await ask(plane.port, get);
    expect(statusOf(answer)).toBe(502);
    expect(only(answer, 'x-wayleave-error')).toBe('upstream_unreachable');
  });
});

describe('the target with the least under way', () => {
  /** One that answers nothing, as a slow one, and one that answers at once. */
  async function start() {
    const slow = await startRawUpstream(() => undefined);
    const quick = await startRawUpstream(answerText('HTTP/1.1 200 OK', 'quick'));
    const plane = await startDataPlane({ targets: [slow.port, quick.port], balance: 'least_connections' });
    return { slow, quick, plane };
  }

  it('gets the next request, and those that do as well come in turn', async () => {
    const { slow, quick, plane } = await start();
    const held = (await dial(plane.port)).send(get);
    await expect.poll(() => slow.requests.length).toBe(1);
    for (let request = 0; request < 5; request++) expect((await ask(plane.port, get)).body).toBe('quick');
    expect([slow.requests.length, quick.requests.length]).toEqual([1, 5]);
    // Once its client has left, it has as little to do as the other.
    held.reset();
    await plane.nextReport();
    const next = [1, 2].map(async () => (await dial(plane.port)).send(get));
    await expect.poll(() => slow.requests.length).toBe(2);
    for (const wire of next) (await wire).reset();
  });

  it.each([
    ['that is refused', 403],
    ['that fails', 502],
  ])('is not one that an upgrade %s is still counted for', async (_, status) => {
    const upgrade = lines('GET / HTTP/1.1', 'Host: api.example', 'Connection: upgrade', 'Upgrade: bytes');
    const respond = status === 403 ? lines('HTTP/1.1 403 Forbidden', 'Content-Length: 0') : 'nonsense\r\n\r\n';
    const targets = [await startRawUpstream(respond), await startRawUpstream(respond)];
    const plane = await startDataPlane({ targets: targets.map(({ port }) => port), balance: 'least_connections' });
    for (let request = 0; request < 6; request++) expect(statusOf(await ask(plane.port, upgrade))).toBe(status);
    await expect.poll(() => plane.reports.length).toBe(6);
    expect(loads(plane)).toEqual([0, 0]);
  });

  it('is not one that holds open tunnels', async () => {
    const upstream = await startTunnelUpstream();
    const quick = await startRawUpstream(answerText('HTTP/1.1 200 OK', 'quick'));
    const plane = await startDataPlane({ targets: [upstream, quick.port], balance: 'least_connections' });
    const upgrade = lines('GET / HTTP/1.1', 'Host: api.example', 'Connection: upgrade', 'Upgrade: bytes');
    const tunnel = (await dial(plane.port)).send(upgrade);
    expect(await tunnel.untilText('\r\n\r\n')).toMatch(/^HTTP\/1\.1 101 /);
    for (let request = 0; request < 4; request++) expect((await ask(plane.port, get)).body).toBe('quick');
    tunnel.reset();
    await expect.poll(() => loads(plane)).toEqual([0, 0]);
  });
});

/** What is under way to both targets. */
function loads(plane: DataPlane): number[] {
  const members = plane.runtime().pools.members('u');
  return members.map(({ target }) => target.underWay);
}

async function startTunnelUpstream(): Promise<number> {
  const server = createPlainServer();
  server.on('upgrade', (_req, socket) => {
    socket.on('error', () => socket.destroy());
    socket.write(lines('HTTP/1.1 101 Switching Protocols', 'Connection: Upgrade', 'Upgrade: bytes'));
    socket.pipe(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onCleanup(() => {
    server.close();
    server.closeAllConnections();
  });
  return (server.address() as AddressInfo).port;
}
