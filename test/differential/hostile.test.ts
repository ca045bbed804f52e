import { setTimeout as delay } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { announcedPorts, startProgram } from '../support/child-gateway.ts';
import { startDataPlane } from '../support/data-plane.ts';
import { readMessage, statusOf, type HttpMessage } from '../support/http-message.ts';
import { routeFixture } from '../support/route-fixture.ts';
import { settled } from '../support/settled.ts';
import { answerText, startRawUpstream, type RawUpstream } from '../support/speak-http.ts';
import { dial, type Wire } from '../support/wire.ts';
import { hostileCases, type HostileCase, type Outcome } from './hostile.ts';

const ok = answerText('HTTP/1.1 200 OK', 'ok');

/** The answers in what a client received; interim ones but for 101 do not count. */
function statusesIn(text: string): number[] {
  const statuses: number[] = [];
  for (let rest = text; rest !== '';) {
    const arrival = readMessage(rest, { ended: true, answerTo: 'HEAD' });
    if (arrival.kind === 'partial') break;
    const whole = readMessage(rest, { ended: true });
    statuses.push(statusOf(arrival.message));
    if (whole.kind === 'partial' || statusOf(arrival.message) === 101) break;
    rest = whole.rest;
  }
  return statuses.filter((status) => status === 101 || status < 100 || status >= 200);
}

function forgedIn({ fields, trailers }: HttpMessage): string[] {
  return [...fields, ...trailers]
    .map(([name, value]) => `${name.toLowerCase()}: ${value}`)
    .filter((line) => /root/i.test(line) && !line.startsWith('host:') && !line.startsWith('x-forwarded-host:'));
}

/** Whether a connection is closed now or within a second. */
async function isClosedSoon(wire: Wire | undefined): Promise<boolean> {
  return wire === undefined ? false : Promise.race([wire.closed.then(() => true), delay(1000, false)]);
}

/** Does what the case says to a proxy, and tells what could be seen. */
async function observe(port: number, upstream: RawUpstream, one: HostileCase): Promise<Omit<Outcome, 'lives'>> {
  const client = (await dial(port)).send(one.sends);
  const traffic = (): number => client.bytes + upstream.wires.reduce((sum, wire) => sum + wire.bytes, 0);
  await settled(traffic);
  let ends = false;
  if (one.finally === 'client resets') {
    client.reset();
    ends = await isClosedSoon(upstream.wires[0]);
  } else if (one.finally === 'upstream ends') {
    upstream.wires[0]?.socket.end();
    ends = await isClosedSoon(client);
  }
  const { requests } = upstream;
  return {
    statuses: statusesIn(client.text),
    requests: requests.map(({ startLine }) => startLine),
    forged: requests.flatMap(forgedIn),
    identified: requests.every(({ fields }) =>
      fields.some(([name, value]) => name === 'X-Auth-User' && value === 'usr_1'),
    ),
    ends,
  };
}

function startUpstream(one: HostileCase): Promise<RawUpstream> {
  return startRawUpstream(one.answer ?? ok);
}

/** Is it still there? */
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Cases share a process, but for those that end it. */
async function throughHttpProxy(cases: readonly HostileCase[]): Promise<Map<HostileCase, Outcome>> {
  const upstreams = await Promise.all(cases.map(startUpstream));
  const program = await startProgram(
    'differential/http-proxy.child.ts',
    upstreams.map(({ port }) => String(port)),
  );
  const ports = announcedPorts(program);
  const seen = await Promise.all(
    cases.map((one, at) => observe(ports[at] ?? 0, upstreams[at] ?? raise('no upstream'), one)),
  );
  const lives = isRunning(program.pid);
  return new Map(cases.map((one, at) => [one, { ...(seen[at] ?? raise('not seen')), lives }]));
}

async function throughWayleave(one: HostileCase): Promise<Outcome> {
  const upstream = await startUpstream(one);
  const plane = await startDataPlane({ targets: [upstream.port], routes: [routeFixture({ path: '/**' })] });
  const token = plane.issue();
  const seen = await observe(plane.port, upstream, withToken(one, token));
  const health = await fetch(`http://127.0.0.1:${plane.port}/.wayleave/healthz`);
  return { ...seen, lives: health.status === 200 };
}

/** The same request from somebody the gateway knows: what it refuses is not for want of a token. */
function withToken(one: HostileCase, token: string): HostileCase {
  if (/^Authorization:/im.test(one.sends)) return one;
  return { ...one, sends: one.sends.replace('\r\n\r\n', `\r\nAuthorization: Bearer ${token}\r\n\r\n`) };
}

function raise(message: string): never {
  throw new Error(message);
}

const lethal = hostileCases.filter(({ httpProxy }) => httpProxy.seen.lives === false);
const harmless = hostileCases.filter((one) => !lethal.includes(one));
const ours = new Map<HostileCase, Outcome>();
const theirs = new Map<HostileCase, Outcome>();

describe(`${hostileCases.length} things on which http-proxy and the gateway differ`, () => {
  beforeAll(async () => {
    const runs = await Promise.all([throughHttpProxy(harmless), ...lethal.map((one) => throughHttpProxy([one]))]);
    for (const run of runs) for (const [one, outcome] of run) theirs.set(one, outcome);
    await Promise.all(hostileCases.map(async (one) => ours.set(one, await throughWayleave(one))));
  });

  it('are at least 40, none of them twice', () => {
    expect(new Set(hostileCases.map(({ what }) => what)).size).toBe(hostileCases.length);
    expect(hostileCases.length).toBeGreaterThanOrEqual(40);
  });

  describe.each(hostileCases)('$what', (one) => {
    it(`http-proxy ${one.httpProxy.does}`, () => {
      expect(theirs.get(one)).toMatchObject({ lives: true, ...one.httpProxy.seen });
    });

    it(`the gateway ${one.wayleave.does}`, () => {
      expect(ours.get(one)).toMatchObject({ lives: true, ...one.wayleave.seen });
    });
  });
});
