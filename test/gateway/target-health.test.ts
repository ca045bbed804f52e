import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import type { HealthCheck } from '../../src/config/compiled.ts';
import { localhostCertificate } from '../support/certificate.ts';
import { largeBytes, startCheckedTarget, type CheckedTarget, type Health } from '../support/checked-target.ts';
import { startChildGateway } from '../support/child-gateway.ts';
import { onCleanup } from '../support/cleanup.ts';
import { openRoute, startDataPlane, type DataPlane } from '../support/data-plane.ts';
import { only, statusOf, type HttpMessage } from '../support/http-message.ts';
import { settled } from '../support/settled.ts';
import { ask, lines, MessageReader, startRawUpstream } from '../support/speak-http.ts';
import { dial } from '../support/wire.ts';

const get = lines('GET / HTTP/1.1', 'Host: h');
const upgrade = lines('GET / HTTP/1.1', 'Host: h', 'Connection: upgrade', 'Upgrade: bytes');

/** Answers may be long in coming on a busy machine; only a target that means to hang runs into this. */
const patientMs = 10_000;
const often: HealthCheck = {
  path: '/healthz',
  intervalMs: 50,
  timeoutMs: patientMs,
  unhealthyAfter: 2,
  healthyAfter: 2,
};

interface World {
  readonly a: CheckedTarget;
  readonly b: CheckedTarget;
  readonly plane: DataPlane;
}

async function start(given: Partial<HealthCheck> = {}): Promise<World> {
  const [a, b] = [await startCheckedTarget('a'), await startCheckedTarget('b')];
  return { a, b, plane: await startDataPlane({ targets: [a.port, b.port], health: { ...often, ...given } }) };
}

/** The bodies of so many answers. */
async function bodies(plane: DataPlane, count = 6): Promise<string> {
  const texts: string[] = [];
  for (let request = 0; request < count; request++) texts.push((await ask(plane.port, get)).body);
  return texts.join('');
}

/** Waits until so many more checks have come. */
async function checksGoOn({ checks }: CheckedTarget, more = 3): Promise<void> {
  const { length } = checks;
  await expect.poll(() => checks.length).toBeGreaterThanOrEqual(length + more);
}

function expectUnavailable(answer: HttpMessage, retryAfter = '1'): void {
  expect(statusOf(answer)).toBe(503);
  expect(only(answer, 'x-wayleave-error')).toBe('upstream_unavailable');
  expect(only(answer, 'retry-after')).toBe(retryAfter);
  expect(only(answer, 'content-type')).toBe('application/problem+json');
  expect(JSON.parse(answer.body)).toMatchObject({ status: 503, code: 'upstream_unavailable' });
}

describe('a check', () => {
  it('asks each target from the start, again and again, as nobody in particular', async () => {
    const { a, b, plane } = await start({ path: '/healthz?deep=1' });
    await Promise.all([checksGoOn(a), checksGoOn(b)]);
    const [check] = a.checks;
    expect(check).toMatchObject({ method: 'GET', url: '/healthz?deep=1' });
    const host = `127.0.0.1:${a.port}`;
    expect(check?.headers).toEqual({ host, 'user-agent': 'wayleave', accept: '*/*', connection: 'close' });
    expect([a.served, b.served, plane.healthChanges]).toEqual([0, 0, []]);
  });

  it('never begins before the one before is over', async () => {
    const { a } = await start();
    a.health = 'slow';
    await checksGoOn(a, 5);
    expect(a.mostAtOnce).toBe(1);
  });
});

describe('a target whose checks fail', () => {
  it.each<[string, Health | 'refuse', string, Partial<HealthCheck>]>([
    ['answers 500', 500, 'answered 500', {}],
    ['answers 404', 404, 'answered 404', {}],
    ['gives no answer', 'hang', 'gave no answer within 200 ms', { timeoutMs: 200 }],
    ['takes no connections', 'refuse', 'refused the connection', {}],
    ['switches to another protocol', 'switch', 'gave no valid answer', {}],
  ])('because it %s gets no requests and no tunnels until they pass again', async (_, health, detail, given) => {
    const { a, b, plane } = await start(given);
    expect(await bodies(plane)).toBe('ababab');
    if (health === 'refuse') a.refuse();
    else a.health = health;
    await expect.poll(() => plane.healthChanges).toEqual([detail]);
    const { served } = a;
    expect(await bodies(plane)).toBe('bbbbbb');
    for (let tunnel = 0; tunnel < 4; tunnel++) {
      expect(await (await dial(plane.port)).send(upgrade).rest()).toMatch(/^HTTP\/1\.1 101 [^]*b$/);
    }
    expect([a.served, b.served]).toEqual([served, 13]);
    if (health === 'refuse') await a.listen();
    a.health = 200;
    await expect.poll(() => plane.healthChanges.at(-1)).toBe('healthy');
    expect((await bodies(plane)).replaceAll('b', '')).toBe('aaa');
  });

  it.each<[string, Health]>([
    ['a redirect, which is not followed', 302],
    ['an empty answer', 204],
    ['an answer without end', 'stream'],
    ['an answer of 10 MiB', 'large'],
  ])('is not one that gives %s', async (_, health) => {
    const { a, plane } = await start();
    a.health = health;
    await checksGoOn(a, 4);
    expect(plane.healthChanges).toEqual([]);
    expect(a.mostWritten).toBeLessThan(largeBytes / 2);
    expect(await bodies(plane)).toMatch(/^(?:ababab|bababa)$/);
    // What was asked for is nothing else, wherever the answer pointed.
    expect(a.served).toBe(3);
  });

  it('is not one whose every place is taken by slow requests', async () => {
    let checks = 0;
    const upstream = await startRawUpstream(({ startLine }) => {
      if (!startLine.startsWith('GET /healthz')) return undefined;
      checks++;
      return lines('HTTP/1.1 200 OK', 'Content-Length: 0');
    });
    const plane = await startDataPlane({ targets: [upstream.port], maxConnections: 1, health: often });
    (await dial(plane.port)).send(get);
    await expect.poll(() => plane.runtime().pools.members('u')[0]?.target.underWay).toBe(1);
    const before = checks;
    await expect.poll(() => checks).toBeGreaterThan(before + 3);
    expect(plane.healthChanges).toEqual([]);
    expect(only(await ask(plane.port, get), 'x-wayleave-error')).toBe('overloaded');
  });

  it('is passed over where the others are full: 503 overloaded, not a request to it', async () => {
    const well = await startRawUpstream(({ startLine }) => {
      return startLine.startsWith('GET /healthz') ? lines('HTTP/1.1 200 OK', 'Content-Length: 0') : undefined;
    });
    const sick = await startCheckedTarget('sick');
    sick.health = 500;
    const plane = await startDataPlane({ targets: [well.port, sick.port], maxConnections: 1, health: often });
    await expect.poll(() => plane.healthChanges).toEqual(['answered 500']);
    const held = await dial(plane.port);
    held.send(get);
    await expect.poll(() => plane.runtime().pools.members('u')[0]?.target.underWay).toBe(1);
    expect(only(await ask(plane.port, get), 'x-wayleave-error')).toBe('overloaded');
    expect(sick.served).toBe(0);
    held.reset();
  });
});

describe('without a healthy target', () => {
  async function startSick(): Promise<World> {
    const world = await start({ intervalMs: 300 });
    for (const target of [world.a, world.b]) target.health = 503;
    await expect.poll(() => world.plane.healthChanges).toEqual(['answered 503', 'answered 503']);
    return world;
  }

  it('every request and upgrade is 503 upstream_unavailable, until one is healthy again', async () => {
    const { a, b, plane } = await startSick();
    expectUnavailable(await ask(plane.port, get));
    expectUnavailable(await ask(plane.port, upgrade));
    const post = lines('POST / HTTP/1.1', 'Host: h', 'Content-Length: 100000', 'Expect: 100-continue');
    const patient = (await dial(plane.port)).send(post);
    expectUnavailable(await new MessageReader(patient).next());
    expect(patient.text).not.toContain('100 Continue');
    expect([a.served, b.served]).toEqual([0, 0]);
    b.health = 200;
    await expect.poll(() => plane.healthChanges.at(-1)).toBe('healthy');
    expect(await bodies(plane, 3)).toBe('bbb');
  });

  it('clients are told to come back after the time between two checks', async () => {
    const target = await startCheckedTarget('a');
    target.refuse();
    const health = { ...often, intervalMs: 4200, unhealthyAfter: 1 };
    const plane = await startDataPlane({ targets: [target.port], health });
    await expect.poll(() => plane.healthChanges).toEqual(['refused the connection']);
    expectUnavailable(await ask(plane.port, get), '5');
  });
});

describe('a reload', () => {
  it('keeps what is known of a target that stays, by one check for each target', async () => {
    const { a, b, plane } = await start();
    [a.health, b.health] = [500, 'slow'];
    await expect.poll(() => plane.healthChanges).toEqual(['answered 500']);
    const { served } = a;
    for (let reload = 0; reload < 5; reload++) {
      plane.reload({ routes: [openRoute({ name: `r${reload}` })], maxConnections: 100 + reload });
      expect(await bodies(plane, 4)).toBe('bbbb');
    }
    await checksGoOn(b, 4);
    expect([a.served, b.mostAtOnce, plane.healthChanges]).toEqual([served, 1, ['answered 500']]);
  });

  it('of how targets are checked begins anew, with trust', async () => {
    const { a, plane } = await start();
    a.health = 500;
    await expect.poll(() => plane.healthChanges).toHaveLength(1);
    plane.reload({ health: { ...often, unhealthyAfter: 3 } });
    expect(await bodies(plane, 2)).toMatch(/ab|ba/);
    await expect.poll(() => plane.healthChanges).toHaveLength(2);
    expect(await bodies(plane, 2)).toBe('bb');
    expect(a.mostAtOnce).toBe(1);
  });

  it('ends the checks of a target that goes, and of all when they are not wanted any more', async () => {
    const { a, b, plane } = await start();
    await Promise.all([checksGoOn(a), checksGoOn(b)]);
    plane.reload({ targets: [b.port] });
    const count = await settled(() => a.checks.length);
    await checksGoOn(b);
    expect(a.checks).toHaveLength(count);
    plane.reload({ targets: [b.port], health: undefined });
    await settled(() => b.checks.length);
    expect(await bodies(plane, 2)).toBe('bb');
  });

  it('does not bring back a target for requests that began before it', async () => {
    const { a, b, plane } = await start();
    a.health = 500;
    await expect.poll(() => plane.healthChanges).toHaveLength(1);
    const before = plane.runtime().pools;
    plane.reload({ routes: [openRoute({ name: 'other' })] });
    expect(before.choose('u')?.origin).toBe(`http://127.0.0.1:${b.port}`);
    a.health = 200;
    await expect.poll(() => plane.healthChanges.at(-1)).toBe('healthy');
    const origins = [before.choose('u'), before.choose('u')].map((target) => target?.origin);
    expect(new Set(origins).size).toBe(2);
  });
});

it('a gateway that stops leaves no check behind, not even one that hangs', async () => {
  const { a, b, plane } = await start();
  a.health = 'hang';
  await checksGoOn(b);
  const hanging = a.checks.at(-1);
  await expect.poll(() => hanging?.url).toBe('/healthz');
  await plane.close();
  await expect.poll(async () => [await a.connections(), await b.connections()]).toEqual([0, 0]);
  const count = await settled(() => a.checks.length + b.checks.length);
  expect(await settled(() => a.checks.length + b.checks.length)).toBe(count);
});

describe('an https target', () => {
  async function startTlsTarget(): Promise<{ origin: string; checks: string[] }> {
    const checks: string[] = [];
    const server = createServer({ cert: localhostCertificate.cert, key: localhostCertificate.key }, (req, res) => {
      if (req.url === '/healthz') checks.push(req.headers.host ?? '');
      res.end('over TLS');
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onCleanup(() => {
      server.close();
      server.closeAllConnections();
    });
    return { origin: `https://localhost:${(server.address() as AddressInfo).port}`, checks };
  }

  it('whose certificate nobody vouches for is out of turn, and asked nothing', async () => {
    const target = await startTlsTarget();
    const plane = await startDataPlane({ targets: [target.origin], health: often });
    await expect.poll(() => plane.healthChanges).toEqual(['gave no valid answer (DEPTH_ZERO_SELF_SIGNED_CERT)']);
    expectUnavailable(await ask(plane.port, get));
    expect(target.checks).toEqual([]);
  });

  it('is checked under its own name where the machine trusts its certificate', async () => {
    const target = await startTlsTarget();
    const env = { NODE_EXTRA_CA_CERTS: localhostCertificate.path, HEALTH_PATH: '/healthz' };
    const gateway = await startChildGateway([target.origin], env);
    await expect.poll(() => target.checks.length).toBeGreaterThan(2);
    expect(new Set(target.checks)).toEqual(new Set([new URL(target.origin).host]));
    expect(await ask(gateway.port, get)).toMatchObject({ body: 'over TLS' });
  });
});
