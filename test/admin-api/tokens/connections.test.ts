import { beforeAll, describe, expect, it } from 'vitest';
import type { LiveConnection } from '../../../src/admin-api/ports/nodes.ts';
import { builtInRoles } from '../../../src/core/scope.ts';
import { expectProblem } from '../support/client.ts';
import type { Holder } from '../support/people.ts';
import { openWorld, type World } from '../support/world.ts';

const connection = (number: number): LiveConnection => ({
  id: `request-${number}`,
  kind: 'upgrade',
  route: number === 0 ? undefined : 'devices',
  method: 'GET',
  path: '/ws',
  remoteAddress: '127.0.0.1',
  since: Date.UTC(2030, 0, 1),
  bytesIn: 1,
  bytesOut: 2,
});

let world: World;
let admin: Holder;
let member: Holder;
let stranger: Holder;

beforeAll(async () => {
  const ofToken = (id: string): LiveConnection[] => {
    return id === member.tokenId ? Array.from({ length: 60 }, (_, number) => connection(number)) : [];
  };
  world = await openWorld({ live: { node: 'host/7', ofToken } });
  admin = await world.people.holder('acme', ['wayleave/auditor'], builtInRoles['auditor']);
  member = await world.people.holder('acme', [], ['wayleave:self']);
  stranger = await world.people.holder('globex', ['wayleave/org-admin'], builtInRoles['org-admin']);
});

const path = (holder: Holder): string => `/api/v1/tokens/${holder.tokenId}/connections`;

describe('GET /tokens/{id}/connections', () => {
  it('says what is under way, where, and how much there is of it', async () => {
    const { status, body } = await world.client(member.secret).get(`${path(member)}?limit=2`);
    expect(status).toBe(200);
    const common = { kind: 'upgrade', method: 'GET', path: '/ws', remote_address: '127.0.0.1' };
    const figures = { since: '2030-01-01T00:00:00.000Z', bytes_in: 1, bytes_out: 2 };
    expect(body).toEqual({
      items: [
        { id: 'request-0', route: null, ...common, ...figures },
        { id: 'request-1', route: 'devices', ...common, ...figures },
      ],
      next_cursor: null,
      node: 'host/7',
      total: 60,
    });
  });

  it('shows those of the own token, and with tokens:read those of the organisation; others are 404', async () => {
    expect((await world.client(admin.secret).get(path(member))).body['total']).toBe(60);
    expect((await world.client(admin.secret).get(path(admin))).body).toMatchObject({ items: [], total: 0 });
    expectProblem(await world.client(stranger.secret).get(path(member)), 404, 'not_found');
    expectProblem(await world.client(member.secret).get(path(admin)), 404, 'not_found');
    expectProblem(await world.client(member.secret).get(`${path(member)}?limit=0`), 400, 'validation_failed');
  });
});
