import { beforeAll, describe, expect, it } from 'vitest';
import type { ServingNode, Settlement } from '../../src/admin-api/ports/nodes.ts';
import { builtInRoles } from '../../src/core/scope.ts';
import { expectProblem } from './support/client.ts';
import type { Holder } from './support/people.ts';
import { openWorld, type World } from './support/world.ts';

const node: ServingNode = {
  id: 'nod_1',
  name: 'gateway-1/17',
  address: '0.0.0.0:8080',
  version: '1.2.3',
  revision: 'abcdef',
  startedAtMs: Date.UTC(2030, 0, 1),
  renewedAtMs: Date.UTC(2030, 0, 2),
  acknowledged: 42,
  staleForMs: 60_000,
  state: 'silent',
};
const settlement: Settlement = { nodesExpected: 3, nodesConfirmed: 2, silent: ['gateway-1/17'], boundMs: 61_001 };

let world: World;
let platform: Holder;
let admin: Holder;

beforeAll(async () => {
  world = await openWorld({
    nodes: { list: () => Promise.resolve([node]) },
    receipts: { settle: () => Promise.resolve(settlement) },
  });
  platform = await world.people.holder('platform', ['wayleave/platform-admin'], builtInRoles['platform-admin']);
  admin = await world.people.holder('acme', ['wayleave/org-admin'], builtInRoles['org-admin']);
});

describe('GET /nodes', () => {
  it('lists the gateways that serve from the store', async () => {
    expect(await world.client(platform.secret).get('/api/v1/nodes')).toMatchObject({
      status: 200,
      body: {
        items: [
          {
            id: 'nod_1',
            name: 'gateway-1/17',
            address: '0.0.0.0:8080',
            version: '1.2.3',
            revision: 'abcdef',
            state: 'silent',
            started_at: '2030-01-01T00:00:00.000Z',
            renewed_at: '2030-01-02T00:00:00.000Z',
            acknowledged: 42,
            stale_for_seconds: 60,
          },
        ],
        next_cursor: null,
      },
    });
  });

  it('is for admins of the platform alone', async () => {
    expectProblem(await world.client(admin.secret).get('/api/v1/nodes'), 403, 'insufficient_scope');
  });
});

describe('a receipt', () => {
  it('answers 200 although a node is silent, names it, and rounds the bound up', async () => {
    const doomed = await world.people.holder('acme', [], ['wayleave:self']);
    const answer = await world.client(admin.secret).post(`/api/v1/tokens/${doomed.tokenId}/revoke`);
    expect(answer).toMatchObject({
      status: 200,
      body: {
        token: { state: 'revoked' },
        receipt: { nodes_expected: 3, nodes_confirmed: 2, silent: ['gateway-1/17'], bound_seconds: 62 },
      },
    });
    const metrics = await world.deps.metrics.text();
    expect(metrics).toContain('wayleave_revocation_seconds_count{complete="false"} 1');
  });
});
