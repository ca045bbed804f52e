import { describe, expect, it } from 'vitest';
import type { GatewayConfig } from '../../src/config/compiled.ts';
import type { TokenRecord } from '../../src/core/token-record.ts';
import type { Decision } from '../../src/gateway/decide.ts';
import { DecisionRing, decisionRingBytes, type Decided } from '../../src/gateway/decision-ring.ts';
import type { AccessRecord } from '../../src/observability/access-log.ts';
import { configFixture } from '../admin-api/support/config.ts';
import { recordFixture } from '../support/record-fixture.ts';
import { routeFixture } from '../support/route-fixture.ts';

const config = configFixture();
const route = routeFixture({ path: '/devices/**' });

function line(given: Partial<AccessRecord> = {}): AccessRecord {
  return {
    time: Date.UTC(2030, 0, 1),
    requestId: 'id-1',
    method: 'GET',
    host: 'api.example.com',
    path: '/devices/42',
    status: 200,
    revision: 'abc',
    durationMs: 1.5,
    bytesIn: 0,
    bytesOut: 0,
    remoteAddress: '192.0.2.1',
    ...given,
  };
}

function decided(decision: Decision | undefined, by: GatewayConfig = config): Decided {
  return {
    decision,
    config: by,
    problem: decision?.kind === 'denied' ? decision.problem : undefined,
    decidedAt: 10,
  };
}

function denied(record?: TokenRecord): Decision {
  return { kind: 'denied', problem: { code: 'insufficient_scope', detail: 'it lacks a scope' }, route, record };
}

function allowed(record: TokenRecord): Decision {
  const found = { kind: 'found', record, source: 'memory', readAtMs: 4 } as const;
  return { kind: 'allowed', route, principal: undefined, source: 'memory', record, found };
}

/** More than any kind of decision keeps. */
const flood = 20_000;

describe('the decisions that a node remembers', () => {
  it('are found by request id, the newest first', () => {
    const ring = new DecisionRing();
    const record = recordFixture({}, []);
    ring.note(line({ path: '/first' }), decided(allowed(record)));
    ring.note(line({ requestId: 'id-11' }), decided(allowed(record)));
    ring.note(
      line({ path: '/second', time: Date.UTC(2030, 0, 2), status: 403, code: 'insufficient_scope', route: 'r' }),
      decided(denied(record)),
    );
    expect(ring.find('id-1')).toMatchObject([
      {
        path: '/second',
        outcome: 'denied',
        problem: { code: 'insufficient_scope', detail: 'it lacks a scope' },
        route: 'r',
        record,
        config,
        revision: 'abc',
        upstreamMs: undefined,
      },
      { path: '/first', outcome: 'allowed', problem: undefined, source: 'memory', ageMs: 6, durationMs: 1.5 },
    ]);
    expect(ring.find('id')).toEqual([]);
    expect(ring.find('')).toEqual([]);
    expect(ring.find('id-1\nGET')).toEqual([]);
  });

  it('are bounded, however many there are and however long their paths', () => {
    const ring = new DecisionRing();
    const record = recordFixture({}, []);
    const before = process.memoryUsage();
    const many = 6000;
    for (let count = 0; count < many; count++) {
      for (const decision of [denied(), denied(record), allowed(record)]) {
        ring.note(line({ requestId: `id-${count}`, path: '/x-'.repeat(count % 1000) }), decided(decision));
      }
    }
    const after = process.memoryUsage();
    const { decisions } = ring.reach();
    expect(decisions).toBeGreaterThan(1000);
    expect(decisions).toBeLessThan(40_960);
    expect(after.arrayBuffers - before.arrayBuffers).toBeLessThanOrEqual(decisionRingBytes);
    expect(decisionRingBytes).toBeLessThan(13 * 1024 * 1024);
    expect(ring.find(`id-${many - 1}`)).toHaveLength(3);
    expect(ring.find('id-0')).toEqual([]);
  });

  it('of refused tokens are driven out by no flood of strangers, and by no traffic that passes', () => {
    const ring = new DecisionRing();
    const record = recordFixture({}, []);
    ring.note(line({ requestId: 'wanted' }), decided(denied(record)));
    for (let count = 0; count < flood; count++) {
      ring.note(line({ requestId: 'stranger' }), decided(denied()));
      ring.note(line({ requestId: 'passed' }), decided(allowed(record)));
    }
    expect(ring.find('wanted')).toHaveLength(1);
    expect(ring.reach().since.refused).toBe(Date.UTC(2030, 0, 1));
  });

  it('hold no token, wherever a client has put one', () => {
    const ring = new DecisionRing();
    const token = `wl_pat_${'a1B2c3D4'.repeat(6)}`.slice(0, 53);
    const problem = { code: 'no_route', detail: `no route matches GET /${token}` } as const;
    ring.note(line({ path: `/things/${token}`, host: token.toLowerCase() }), {
      ...decided(undefined),
      problem,
      decidedAt: undefined,
    });
    const [past] = ring.find('id-1');
    expect(past?.path).toBe('/things/wl_pat_***');
    expect(JSON.stringify(past)).not.toContain(token.slice(10));
  });

  it('keep few configurations, however often there is a new one', () => {
    const ring = new DecisionRing();
    const record = recordFixture({}, []);
    for (let count = 0; count < 10; count++) {
      ring.note(line({ requestId: `id-${count}` }), decided(allowed(record), { ...config }));
    }
    expect(ring.find('id-0')).toMatchObject([{ config: undefined, revision: 'abc' }]);
    expect(ring.find('id-9')[0]?.config).toEqual(config);
  });

  it('are asked for only when all that closed before has come', () => {
    const ring = new DecisionRing();
    ring.beforeReading(() => ring.note(line(), decided(denied())));
    expect(ring.find('id-1')).toHaveLength(1);
  });
});
