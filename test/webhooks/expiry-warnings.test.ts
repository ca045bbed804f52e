import { beforeEach, describe, expect, it } from 'vitest';
import type { WebhookTarget } from '../../src/core/webhook.ts';
import { StoreUnavailable } from '../../src/core/store-unavailable.ts';
import type { Store } from '../../src/db/store.ts';
import { warnOfExpiry } from '../../src/webhooks/expiry-warnings.ts';
import { PostgresExpiryWalk } from '../../src/webhooks/postgres-expiry-walk.ts';
import { PostgresOutbox } from '../../src/webhooks/postgres-outbox.ts';
import { openOnce, storeKinds } from '../db/stores.ts';
import { ManualClock, newOrganization, newToken, newUser, openNode, tokenInput, type Node } from '../tokens/fixture.ts';
import { targetOf } from './sending-node.ts';

const dayMs = 86_400_000;
const hourMs = 3_600_000;

interface Warning {
  readonly token_id: string;
  readonly days: number;
  readonly [field: string]: unknown;
}

describe.each(storeKinds)('expiry warnings on the %s store', (kind) => {
  const open = openOnce(kind);
  let store: Store;
  let node: Node;
  let clock: ManualClock;
  let userId: string;
  let slug: string;

  beforeEach(async () => {
    store = await open();
    clock = new ManualClock();
    node = openNode(store, { clock });
    const organization = await newOrganization(node);
    ({ slug } = organization);
    userId = (await newUser(node, organization.id)).id;
  }, 60_000);

  /** A token that lives for so many days from now. */
  async function token(days: number): Promise<string> {
    return (await newToken(node, userId, { expiresAt: clock.now() + days * dayMs })).token.id;
  }

  /** One after the other: they wait for each other anyway, in the audit log of their organisation. */
  async function tokens(number: number): Promise<string[]> {
    const ids: string[] = [];
    while (ids.length < number) ids.push(await token(5));
    return ids;
  }

  function target(given: Partial<WebhookTarget> = {}): WebhookTarget {
    return targetOf({ url: 'http://127.0.0.1:9' }, { organizations: [slug], ...given });
  }

  /** A minute passes on the database's clock, and a node goes its round. */
  async function round(targets = [target()]): Promise<void> {
    await store.admin.query((sql) => sql`UPDATE token_expiry_walk SET begun_at = '-infinity'`);
    await walk(targets);
  }

  async function walk(targets = [target()]): Promise<void> {
    const outbox = new PostgresOutbox({ database: store.admin, targets, clock });
    await warnOfExpiry({
      walk: new PostgresExpiryWalk({ database: store.admin, outbox }),
      targets,
      clock,
      onWarned: () => undefined,
    });
  }

  async function warnings(): Promise<Warning[]> {
    const found = await store.admin.query(
      (sql) => sql`
      SELECT e.payload FROM webhook_events e JOIN organizations o ON o.id = e.organization_id
      WHERE o.slug = ${slug} ORDER BY e.id`,
    );
    return found.map((row) => (JSON.parse(String(row['payload'])) as { data: Warning }).data);
  }

  async function told(): Promise<string[]> {
    return (await warnings()).map(({ token_id: id, days }) => `${id} ${days}`);
  }

  it('say which token of whom ends when', async () => {
    const id = await token(40);
    clock.advance(10 * dayMs + hourMs);
    await round();
    const record = await node.tokens.find(id);
    expect(await warnings()).toEqual([
      {
        token_id: id,
        name: record?.name,
        user_id: userId,
        username: record?.username,
        organization_id: record?.organizationId,
        organization: slug,
        expires_at: new Date(record?.expiresAt ?? 0).toISOString(),
        days: 30,
      },
    ]);
  });

  it('come once at 30, 7 and 1 days, however often nodes look', async () => {
    const id = await token(40);
    const seen: string[][] = [];
    for (const days of [5, 6, 15, 9, 3, 1.5, 0.2]) {
      clock.advance(days * dayMs);
      await round();
      await round();
      seen.push(await told());
    }
    expect(seen).toEqual([
      [],
      [`${id} 30`],
      [`${id} 30`],
      [`${id} 30`, `${id} 7`],
      [`${id} 30`, `${id} 7`],
      [`${id} 30`, `${id} 7`, `${id} 1`],
      [`${id} 30`, `${id} 7`, `${id} 1`],
    ]);
  });

  it('that all nodes missed come once, for the nearest threshold', async () => {
    const id = await token(40);
    clock.advance(39.5 * dayMs);
    await round();
    await round();
    expect(await told()).toEqual([`${id} 1`]);
  });

  it('come again for the new end that a rotation gives', async () => {
    const id = await token(20);
    await round();
    clock.advance(hourMs);
    const { hash, lastFour } = tokenInput(userId);
    const version = (await node.tokens.find(id))?.version ?? 0;
    const rotation = { hash, lastFour, overlapMs: hourMs, expiresAt: clock.now() + 25 * dayMs, version };
    expect(await node.tokens.rotate(id, rotation, userId)).toMatchObject({ kind: 'changed' });
    await round();
    await round();
    expect(await told()).toEqual([`${id} 30`, `${id} 30`]);
  });

  it('are not given of tokens that no longer work, or were made for an hour', async () => {
    const [revoked, disabled, ended] = [await token(5), await token(5), await token(5)];
    await node.tokens.act(revoked, 'revoke', userId);
    await node.tokens.act(disabled, 'disable', userId);
    await node.tokens.act(ended, 'expire', userId);
    await token(1 / 24);
    await newToken(node, userId, { expiresAt: null });
    await round();
    expect(await told()).toEqual([]);
    // Enabled again, it ends as soon as ever.
    await node.tokens.act(disabled, 'enable', userId);
    await round();
    expect(await told()).toEqual([`${disabled} 7`]);
  });

  it('are given by one node when several look at the same time', async () => {
    const ids = await tokens(20);
    await store.admin.query((sql) => sql`UPDATE token_expiry_walk SET begun_at = '-infinity'`);
    await Promise.all([walk(), walk(), walk()]);
    expect((await told()).toSorted()).toEqual(ids.map((id) => `${id} 7`).toSorted());
  });

  it('are once even when two nodes walk at once, as after a pause of one of them', async () => {
    const ids = await tokens(20);
    await Promise.all([round(), round(), round()]);
    expect((await told()).toSorted()).toEqual(ids.map((id) => `${id} 7`).toSorted());
  });

  it('reach every token when there are more than a run takes in one page', async () => {
    const end = new Date(clock.now() + 5 * dayMs);
    await store.admin.query(
      (sql) => sql`
      INSERT INTO tokens (id, kind, organization_id, user_id, name, holds_name, scopes, expires_at,
        created_at, created_by, changed_at, changed_by)
      SELECT 'tok_' || lpad(n::text, 26, '0'), 'pat', u.organization_id, u.id, 'bulk ' || n, true, '{}', ${end},
        ${new Date(clock.now())}, u.id, ${new Date(clock.now())}, u.id
      FROM users u, generate_series(1, 700) n WHERE u.id = ${userId}`,
    );
    await round();
    const all = await warnings();
    expect([all.length, new Set(all.map(({ token_id: id }) => id)).size]).toEqual([700, 700]);
    await store.admin.query((sql) => sql`DELETE FROM tokens WHERE name LIKE 'bulk %'`);
  });

  it('are given at the next look when the store went away in the middle', async () => {
    const id = await token(5);
    await store.admin.query((sql) => sql`UPDATE token_expiry_walk SET begun_at = '-infinity'`);
    const failing = {
      add: () => Promise.reject(new StoreUnavailable('gone')),
    };
    const broken = new PostgresExpiryWalk({ database: store.admin, outbox: failing });
    const run = warnOfExpiry({ walk: broken, targets: [target()], clock, onWarned: () => undefined });
    await expect(run).rejects.toThrow('gone');
    expect(await told()).toEqual([]);
    await walk();
    expect(await told()).toEqual([`${id} 7`]);
  });

  it('wait for somebody who is to be told', async () => {
    const id = await token(5);
    await round([]);
    await round([target({ events: [] })]);
    await round([target({ organizations: ['globex'] })]);
    expect(await told()).toEqual([]);
    await round();
    expect(await told()).toEqual([`${id} 7`]);
  });
});
