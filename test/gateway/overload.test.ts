import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { idleAfterMs } from '../../src/gateway/forward-answer.ts';
import { startDataPlane, type DataPlane } from '../support/data-plane.ts';
import { freePort } from '../support/free-port.ts';
import { only, statusOf, type HttpMessage } from '../support/http-message.ts';
import { startSilentPort } from '../support/silent-port.ts';
import { answerText, ask, lines, MessageReader, startRawUpstream, type RawUpstream } from '../support/speak-http.ts';
import { dial, type Wire } from '../support/wire.ts';

const get = lines('GET / HTTP/1.1', 'Host: h');
const upgrade = lines('GET / HTTP/1.1', 'Host: h', 'Connection: upgrade', 'Upgrade: bytes');
const switching = lines('HTTP/1.1 101 Switching Protocols', 'Connection: Upgrade', 'Upgrade: bytes');
const ok = answerText('HTTP/1.1 200 OK', 'ok');

/** An upstream that answers when it is told to. */
interface Slow extends RawUpstream {
  /** Answers the request of that number (from 0), which is awaited. */
  answer(number: number, text?: string): Promise<void>;
}

async function startSlow(): Promise<Slow> {
  const wires: Wire[] = [];
  const upstream = await startRawUpstream((_, wire) => void wires.push(wire));
  return {
    ...upstream,
    answer: async (number, text = ok) => {
      await expect.poll(() => wires.length).toBeGreaterThan(number);
      wires[number]?.send(text);
    },
  };
}

/** Sends a request, and waits until an upstream has it. */
async function hold(plane: DataPlane, upstream: RawUpstream, request = get): Promise<Wire> {
  const { length } = upstream.requests;
  const wire = (await dial(plane.port)).send(request);
  await expect.poll(() => upstream.requests.length).toBe(length + 1);
  return wire;
}

function expectOverloaded(answer: HttpMessage): void {
  expect(statusOf(answer)).toBe(503);
  expect(only(answer, 'x-wayleave-error')).toBe('overloaded');
  expect(only(answer, 'retry-after')).toBe('1');
  expect(only(answer, 'content-type')).toBe('application/problem+json');
  expect(JSON.parse(answer.body)).toMatchObject({ status: 503, code: 'overloaded', route: 'r' });
}

async function startPlane(maxConnections: number, upstreams: readonly RawUpstream[]): Promise<DataPlane> {
  return startDataPlane({ targets: upstreams.map(({ port }) => port), maxConnections });
}

describe('a target with as many requests under way as it may have', () => {
  it('gets no more: they are refused while those under way go on, and it recovers', async () => {
    const upstream = await startSlow();
    const plane = await startPlane(3, [upstream]);
    const held = [await hold(plane, upstream), await hold(plane, upstream), await hold(plane, upstream)];
    const excess = await Promise.all(Array.from({ length: 20 }, () => ask(plane.port, get)));
    for (const answer of excess) expectOverloaded(answer);
    expect(upstream.requests).toHaveLength(3);
    expect(upstream.wires).toHaveLength(3);
    for (const [number, wire] of held.entries()) {
      await upstream.answer(number);
      expect(await new MessageReader(wire).next()).toMatchObject({ body: 'ok' });
    }
    const later = await hold(plane, upstream);
    await upstream.answer(3);
    expect(statusOf(await new MessageReader(later).next())).toBe(200);
  });

  it('leaves the connection of the refused client open for the next request', async () => {
    const upstream = await startSlow();
    const plane = await startPlane(1, [upstream]);
    await hold(plane, upstream);
    const client = (await dial(plane.port)).send(get);
    const reader = new MessageReader(client);
    expectOverloaded(await reader.next());
    await upstream.answer(0);
    await expect.poll(() => plane.reports.length).toBe(2);
    client.send(get);
    await upstream.answer(1);
    expect(statusOf(await reader.next())).toBe(200);
  });

  it('is told nothing of a body that is still to come, and neither is its client asked for it', async () => {
    const upstream = await startSlow();
    const plane = await startPlane(1, [upstream]);
    await hold(plane, upstream);
    const head = ['POST / HTTP/1.1', 'Host: h', 'Content-Length: 100000'];
    expectOverloaded(await ask(plane.port, lines(...head)));
    const patient = (await dial(plane.port)).send(lines(...head, 'Expect: 100-continue'));
    expectOverloaded(await new MessageReader(patient).next());
    expect(patient.text).not.toContain('100 Continue');
    await expect.poll(() => plane.reports.map(({ exchange }) => exchange.bytesIn)).toEqual([0, 0]);
  });

  it('has room again when a client leaves that waited, that was sending and that was reading', async () => {
    const upstream = await startSlow();
    const plane = await startPlane(1, [upstream]);
    (await hold(plane, upstream)).reset();
    await plane.nextReport();
    const sending = (await dial(plane.port)).send(`${lines('POST / HTTP/1.1', 'Host: h', 'Content-Length: 9')}half`);
    await (await upstream.wire(1)).untilText('half');
    expectOverloaded(await ask(plane.port, get));
    sending.reset();
    await expect.poll(() => plane.reports.length).toBe(3);
    const reading = await hold(plane, upstream);
    await upstream.answer(1, lines('HTTP/1.1 200 OK', 'Content-Length: 9') + 'half');
    await reading.untilText('half');
    expectOverloaded(await ask(plane.port, get));
    reading.reset();
    await expect.poll(() => plane.reports.length).toBe(5);
    await hold(plane, upstream);
  });

  it('keeps a place for a connection that is still being made, whether or not its client has left', async () => {
    const connectMs = 1000;
    const plane = await startDataPlane({ targets: [await startSilentPort()], connectMs, maxConnections: 2 });
    for (let client = 0; client < 2; client++) (await dial(plane.port)).send(get).socket.end().destroy();
    await expect.poll(() => plane.reports.length).toBe(2);
    for (let client = 0; client < 20; client++) expectOverloaded(await ask(plane.port, get));
    const [target] = plane
      .runtime()
      .pools.members('u')
      .map((member) => member.target);
    expect(target?.pool.stats.queued).toBe(0);
    await expect.poll(() => target?.underWay).toBe(0);
    expect(statusOf(await ask(plane.port, get))).toBe(504);
  });

  it('has room again when it fails itself', async () => {
    const upstream = await startRawUpstream((_, wire) => {
      wire.reset();
      return undefined;
    });
    const plane = await startPlane(1, [upstream]);
    for (let request = 0; request < 3; request++) expect(statusOf(await ask(plane.port, get))).toBe(502);
  });

  it('counts a request once that goes out again because its connection was stale', async () => {
    let isStale = false;
    const upstream = await startRawUpstream((_, wire) => {
      if (!isStale) return ok;
      isStale = false;
      wire.reset();
      return undefined;
    });
    const plane = await startPlane(2, [upstream]);
    expect(statusOf(await ask(plane.port, get))).toBe(200);
    await delay(idleAfterMs + 100);
    isStale = true;
    expect(statusOf(await ask(plane.port, get))).toBe(200);
    expect(upstream.requests).toHaveLength(3);
    expect(plane.runtime().pools.members('u')).toMatchObject([{ target: { underWay: 0, underWayMax: 2 } }]);
  });
});

describe('a tunnel', () => {
  it('takes a place as long as it is open', async () => {
    const upstream = await startRawUpstream((request, wire) => {
      if (request.startLine.startsWith('GET') && wire.text.includes('Upgrade')) return switching;
      return ok;
    });
    const plane = await startPlane(1, [upstream]);
    const tunnel = (await dial(plane.port)).send(upgrade);
    expect(await tunnel.untilText('\r\n\r\n')).toMatch(/^HTTP\/1\.1 101 /);
    expectOverloaded(await ask(plane.port, get));
    expectOverloaded(await ask(plane.port, upgrade));
    tunnel.reset();
    await expect.poll(() => plane.reports.length).toBe(3);
    expect(statusOf(await ask(plane.port, get))).toBe(200);
  });

  it('is refused where requests have taken every place', async () => {
    const upstream = await startSlow();
    const plane = await startPlane(1, [upstream]);
    await hold(plane, upstream);
    expectOverloaded(await ask(plane.port, upgrade));
    expect(upstream.wires).toHaveLength(1);
  });
});

describe.each(['round_robin', 'least_connections'] as const)('of several targets, %s', (balance) => {
  it('passes over those that are full, until all are', async () => {
    const [one, other] = [await startSlow(), await startSlow()];
    const plane = await startDataPlane({ targets: [one.port, other.port], balance, maxConnections: 1 });
    await hold(plane, one);
    await hold(plane, other);
    expectOverloaded(await ask(plane.port, get));
    await other.answer(0);
    await expect.poll(() => plane.reports.length).toBe(2);
    await hold(plane, other);
    expectOverloaded(await ask(plane.port, get));
  });

  it('never tries a full one for a request that another refused to take', async () => {
    const slow = await startSlow();
    const plane = await startDataPlane({ targets: [slow.port, await freePort()], balance, maxConnections: 1 });
    await hold(plane, slow);
    const answer = await ask(plane.port, get);
    expect(only(answer, 'x-wayleave-error')).toBe('upstream_unreachable');
    expect(slow.requests).toHaveLength(1);
  });
});
