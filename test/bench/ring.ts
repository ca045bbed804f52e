import { randomUUID } from 'node:crypto';
import { readEnvironment } from '../../src/config/environment.ts';
import { parseConfig } from '../../src/config/load.ts';
import type { TokenRecord } from '../../src/core/token-record.ts';
import { DecisionRing, decisionRingBytes, type Decided } from '../../src/gateway/decision-ring.ts';
import { systemClock } from '../../src/lib/clock.ts';
import type { AccessRecord } from '../../src/observability/access-log.ts';
import { endWithParent } from './servers/announce.ts';

/** What remembering a decision costs, garbage collection included, and what memory it takes. */
export interface RingResult {
  /** One value a round, in microseconds of processor time a decision. */
  readonly microseconds: readonly number[];
  /** Of a full ring, apart from the records of tokens, which the cache has too. */
  readonly bytes: number;
}

const decisionsPerRound = 200_000;
const tokenCount = 1000;

const yaml = `
version: 1
scopes: { device:read: Read }
upstreams: { u: { targets: [ "http://127.0.0.1:1" ] } }
routes: [ { name: devices, match: { path: /** }, upstream: u, scopes: device:read } ]
`;

/** Measures `rounds` rounds after two for warming up: nine of ten requests pass, each has a path and an id of its own. */
function measure(rounds: number): RingResult {
  const read = parseConfig(yaml, 'gateway.yaml', readEnvironment({}));
  if (read.kind === 'invalid') throw new Error('the configuration is not valid');
  const { config } = read;
  const [route] = config.routes;
  if (route === undefined) throw new Error('the configuration has no route');
  const records = Array.from({ length: tokenCount }, (_, at) => recordOf(at));
  const ids = Array.from({ length: 4096 }, () => randomUUID());
  const ring = new DecisionRing();
  const microseconds: number[] = [];
  for (let round = -2; round < rounds; round++) {
    const start = process.cpuUsage();
    const readAtMs = systemClock.monotonic();
    for (let count = 0; count < decisionsPerRound; count++) {
      const record = records[count % tokenCount];
      if (record === undefined) throw new Error('there is no such token');
      const isRefused = count % 10 === 0;
      const found = { kind: 'found', record, source: 'memory', readAtMs } as const;
      const problem = { code: 'insufficient_scope', detail: 'the route "devices" asks for device:write' } as const;
      const decided: Decided = {
        decision: isRefused
          ? { kind: 'denied', problem, route, record, found }
          : { kind: 'allowed', principal: undefined, route, record, source: 'memory', found },
        config,
        problem: isRefused ? problem : undefined,
        decidedAt: readAtMs,
      };
      ring.note(lineOf(ids[count % ids.length] ?? '', count, isRefused, config.revision), decided);
    }
    const { user, system } = process.cpuUsage(start);
    if (round >= 0) microseconds.push((user + system) / decisionsPerRound);
  }
  return { microseconds, bytes: decisionRingBytes };
}

function lineOf(requestId: string, count: number, isRefused: boolean, revision: string): AccessRecord {
  return {
    time: count,
    requestId,
    method: 'GET',
    host: 'api.example.com',
    path: `/api/service-${count % 100}/v2/devices/${count}/parts`,
    status: isRefused ? 403 : 200,
    code: isRefused ? 'insufficient_scope' : undefined,
    route: 'devices',
    revision,
    durationMs: 1.25,
    upstreamMs: isRefused ? undefined : 1,
    bytesIn: 0,
    bytesOut: 1024,
    remoteAddress: '192.0.2.17',
  };
}

function recordOf(at: number): TokenRecord {
  const organization = { id: `org_${at % 10}`, slug: `org-${at % 10}`, status: 'active' } as const;
  const owner = {
    id: `usr_${at}`,
    username: `robot-${at}`,
    kind: 'service',
    status: 'active',
    organization,
    roles: [],
  } as const;
  return {
    id: `tok_${at}`,
    kind: 'pat',
    scopes: ['device:read'],
    allowedIps: [],
    expiresAt: null,
    disabled: false,
    revoked: false,
    issuedAt: 0,
    secretExpiresAt: null,
    owner,
  };
}

endWithParent();
process.on('message', ({ rounds }: { rounds: number }) => process.send?.(measure(rounds)));
process.send?.({ port: 0 });
