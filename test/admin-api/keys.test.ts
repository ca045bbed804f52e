import { beforeAll, describe, expect, it } from 'vitest';
import { builtInRoles } from '../../src/core/scope.ts';
import { expectProblem, type ApiAnswer } from './support/client.ts';
import type { Holder } from './support/people.ts';
import { openWorld, type World } from './support/world.ts';

let world: World;
let platform: Holder;
let admin: Holder;

beforeAll(async () => {
  world = await openWorld();
  platform = await world.people.holder('platform', ['wayleave/platform-admin'], builtInRoles['platform-admin']);
  admin = await world.people.holder('acme', ['wayleave/org-admin'], builtInRoles['org-admin']);
});

const rotate = (holder: Holder, body: object) => world.client(holder.secret).post('/api/v1/keys/rotate', body);
const retire = (holder: Holder, id: string) => world.client(holder.secret).post(`/api/v1/keys/${id}/retire`);

function idOf({ body }: ApiAnswer): string {
  return (body['key'] as { id: string }).id;
}

describe('the signing keys over the admin API', () => {
  it('are for platform admins alone', async () => {
    for (const answer of [
      await world.client(admin.secret).get('/api/v1/keys'),
      await rotate(admin, {}),
      await retire(admin, 'key_1'),
    ]) {
      expectProblem(answer, 403, 'insufficient_scope');
    }
  });

  it('are rotated, listed and retired, never shown, and each change is audited', async () => {
    const first = await rotate(platform, { now: true });
    expect(first).toMatchObject({
      status: 200,
      body: { key: { state: 'signing', algorithm: 'ES256', gone_at: null } },
    });
    const id = idOf(first);
    const next = await rotate(platform, {});
    expect(next).toMatchObject({ status: 200, body: { key: { state: 'published' } } });
    const waiting = idOf(next);

    const again = await rotate(platform, { now: false });
    expectProblem(again, 409, 'conflict');
    expect(again.body).toMatchObject({ existing_id: waiting });
    expectProblem(await retire(platform, id), 409, 'conflict');
    expectProblem(await retire(platform, 'key_nobody'), 404, 'not_found');
    expect(await rotate(platform, { now: true })).toMatchObject({ body: { key: { id: waiting, state: 'signing' } } });
    expect(await retire(platform, id)).toMatchObject({ status: 200, body: { key: { id, state: 'gone' } } });

    const list = await world.client(platform.secret).get('/api/v1/keys');
    expect(list).toMatchObject({ status: 200, body: { items: [{ id: waiting }, { id }], next_cursor: null } });
    const shown = ['algorithm', 'created_at', 'gone_at', 'id', 'retires_at', 'signs_from', 'state'];
    for (const item of list.body['items'] as object[]) expect(Object.keys(item).toSorted()).toEqual(shown);

    const rows = await world.database.query(
      (sql) => sql`SELECT action, target_id FROM audit_log WHERE target_kind = 'signing_key' ORDER BY seq`,
    );
    expect(rows.map((row) => `${row['action']} ${row['target_id']}`)).toEqual([
      `signing_key.rotate ${id}`,
      `signing_key.rotate ${waiting}`,
      `signing_key.rotate ${waiting}`,
      `signing_key.retire ${id}`,
    ]);
  });

  it('are changed with a receipt: which nodes have followed', async () => {
    const first = await rotate(platform, { now: true });
    expect(first).toMatchObject({
      status: 200,
      body: { receipt: { nodes_expected: 1, nodes_confirmed: 1, silent: [] } },
    });
    await rotate(platform, { now: true });
    const gone = await retire(platform, idOf(first));
    expect(gone).toMatchObject({
      status: 200,
      body: { receipt: { nodes_expected: 1, nodes_confirmed: 1, silent: [] } },
    });
  });

  it('refuse what they do not know', async () => {
    expectProblem(await rotate(platform, { immediately: true }), 400, 'validation_failed');
    expectProblem(await rotate(platform, { now: 'yes' }), 400, 'validation_failed');
  });
});
