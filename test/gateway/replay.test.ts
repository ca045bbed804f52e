import { expect, test } from 'vitest';
import type { DecisionToken, PastDecision } from '../../src/core/past-decision.ts';
import { replay } from '../../src/gateway/replay.ts';
import { valid } from '../config/parse.ts';

const hourMs = 3_600_000;
const startedAt = 100 * hourMs;

const file = (assume: string) =>
  valid(`version: 1
assume: ${assume}
scopes: { item:write: Write }
projects: { shop: { name: Shop, roles: { editor: ['item:*'] } } }
upstreams: { u: { targets: ["http://127.0.0.1:9000"] } }
routes: [ { name: carts, match: { path: /carts }, upstream: u, scopes: item:write } ]
`);

const someone = (id: string) =>
  ({
    id,
    username: id,
    kind: 'human',
    status: 'active',
    organization: { id: 'org_1', slug: 'acme', status: 'active' },
    roles: ['shop/editor'],
  }) as const;

const session: DecisionToken = {
  id: 'ase_1',
  name: 'session ase_1',
  scopes: ['item:write'],
  issuedAt: startedAt,
  owner: someone('subject'),
  assumption: { actor: someone('actor'), issuer: someone('issuer'), readOnly: false },
};

async function flipsOf(lastHourMs: number): Promise<readonly string[]> {
  const decision: PastDecision = {
    tokenId: session.id,
    method: 'POST',
    host: 'api.example.com',
    path: '/carts',
    route: 'carts',
    outcome: 'allowed',
    requests: 1,
    lastHourMs,
  };
  const files = {
    before: file('{ session_max: 12h }'),
    after: file('{ session_max: 2h }'),
    nowMs: startedAt + 90 * hourMs,
  };
  const { flips, changedSince } = await replay([decision], new Map([[session.id, session]]), files);
  expect(changedSince, 'it passes by the file of then, though it is over by now').toBe(0);
  return flips.map(({ after }) => after.outcome);
}

test('a session that is over by now counts as old as it was when it was used', async () => {
  expect(await flipsOf(startedAt - hourMs / 2)).toEqual([]);
  expect(await flipsOf(startedAt + hourMs)).toEqual([]);
});

test('a shorter session_max ends the sessions that had lasted longer', async () => {
  expect(await flipsOf(startedAt + 3 * hourMs)).toEqual(['assume_ended']);
});

test('a path is judged in any spelling where the upstream tells none apart, by the file it is decided under', async () => {
  const upstream = (pathCase: string) =>
    valid(`version: 1
scopes: { item:write: Write }
projects: { shop: { name: Shop, roles: { editor: ['item:*'] } } }
upstreams: { u: { targets: ["http://127.0.0.1:9000"], path_case: ${pathCase} } }
routes:
  - { name: carts, match: { path: /carts/** }, upstream: u, scopes: item:write }
  - { name: all, match: { path: /** }, upstream: u, public: true }
`);
  const decision: PastDecision = {
    tokenId: '',
    method: 'GET',
    host: 'api.example.com',
    path: '/Carts/1',
    route: 'all',
    outcome: 'allowed',
    requests: 3,
    lastHourMs: startedAt,
  };
  const files = { before: upstream('sensitive'), after: upstream('insensitive'), nowMs: startedAt };
  const { flips } = await replay([decision], new Map(), files);
  expect(flips.map(({ after }) => after)).toEqual([{ outcome: 'token_missing', route: 'carts' }]);
});
