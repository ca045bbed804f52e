import { beforeAll, describe, expect, test } from 'vitest';
import type { UsageFilter, UsageHour } from '../../src/admin-api/ports/usage.ts';
import type { Token, User } from '../../src/core/directory.ts';
import type { Store } from '../../src/db/store.ts';
import { PostgresSessionUsages } from '../../src/tokens/postgres-session-usage.ts';
import { PostgresUsage } from '../../src/tokens/postgres-usage.ts';
import { PostgresUsageHours } from '../../src/tokens/postgres-usage-list.ts';
import { SessionUsageGatherer } from '../../src/tokens/session-usage.ts';
import type { LastUse, UsageBatch } from '../../src/tokens/usage.ts';
import type { StoreKind } from '../db/stores.ts';
import { newOrganization, newToken, newUser, openNode, unique, type Node } from './fixture.ts';

const hour = 3_600_000;
const day = 24 * hour;

/** What every store must do with usage. */
export function usageStoreContract(kind: StoreKind, open: () => Promise<Store>): void {
  describe(`usage on ${kind}`, () => {
    let store: Store;
    let node: Node;
    let usage: PostgresUsage;
    let hours: PostgresUsageHours;
    let alice: User;
    let startMs: number;

    beforeAll(async () => {
      store = await open();
      node = openNode(store);
      usage = new PostgresUsage(store.admin, node.clock);
      hours = new PostgresUsageHours(store.admin);
      alice = await newUser(node, (await newOrganization(node)).id);
      startMs = node.clock.now() - (node.clock.now() % hour);
    });

    const issue = async (owner = alice): Promise<Token> => (await newToken(node, owner.id)).token;

    function batchOf(token: Token, given: { lastUse?: LastUse; hourMs?: number; route?: string; allowed?: number }) {
      const { lastUse, hourMs = startMs, route = 'devices', allowed = 1 } = given;
      const counts = [{ hourMs, route, scopes: 'device:read', allowed, refused: 2 }];
      return { id: unique('batch'), tokens: [{ tokenId: token.id, lastUse, counts }] } satisfies UsageBatch;
    }

    const within = (filter: Partial<UsageFilter>): UsageFilter => ({
      fromMs: 0,
      toMs: startMs + 1000 * day,
      ...filter,
    });

    async function listed(filter: Partial<UsageFilter>, limit = 200): Promise<UsageHour[]> {
      const found: UsageHour[] = [];
      let cursor: string | null | undefined;
      do {
        const page = await hours.list(within(filter), { limit, ...(typeof cursor === 'string' && { cursor }) });
        found.push(...page.items);
        cursor = page.nextCursor;
      } while (cursor !== null);
      return found;
    }

    test('a batch that is given twice, because its answer was lost, counts once', async () => {
      const token = await issue();
      const batch = batchOf(token, { allowed: 3 });
      await usage.write(batch);
      await usage.write(batch);
      await usage.write(batchOf(token, { allowed: 4 }));
      expect(await listed({ tokenId: token.id })).toEqual([
        {
          hourMs: startMs,
          tokenId: token.id,
          userId: alice.id,
          organizationId: alice.organizationId,
          route: 'devices',
          scopes: 'device:read',
          allowed: 7,
          refused: 4,
        },
      ]);
    });

    test('the last use only moves forward, whatever order batches come in', async () => {
      const token = await issue();
      expect(token.lastUse).toBeNull();
      const at = (ms: number, address: string): LastUse => ({ atMs: startMs + ms, address, route: 'devices' });
      const second = batchOf(token, { lastUse: at(2000, '2001:db8::2') });
      const first = batchOf(token, { lastUse: at(1000, '192.0.2.1') });
      await usage.write(second);
      await usage.write(first);
      const lastUse = { at: startMs + 2000, address: '2001:db8::2', route: 'devices' };
      expect(await node.tokens.find(token.id)).toMatchObject({ lastUse });
      const { items } = await node.tokens.list({ userId: alice.id }, { limit: 200 });
      expect(items.find(({ id }) => id === token.id)).toMatchObject({ lastUse });
    });

    test('batches of two nodes that meet in the same rows both count', async () => {
      const tokens = await Promise.all([issue(), issue(), issue()]);
      const both = (order: readonly Token[]): UsageBatch => ({
        id: unique('batch'),
        tokens: order.flatMap(
          (token) => batchOf(token, { lastUse: { atMs: startMs, address: 'a', route: 'r' } }).tokens,
        ),
      });
      const batches = Array.from({ length: 10 }, (_, at) => both(at % 2 === 0 ? tokens : tokens.toReversed()));
      await Promise.all(batches.map((batch) => usage.write(batch)));
      for (const { id } of tokens) expect(await listed({ tokenId: id })).toMatchObject([{ allowed: 10, refused: 20 }]);
    });

    test('what two nodes saw of an assumed session adds up, once', async () => {
      const sessionId = unique('session');
      const reports = new PostgresSessionUsages(store.admin);
      const seen = (atMs: number, address: string): UsageBatch => {
        const gatherer = new SessionUsageGatherer(() => undefined);
        const request = { sessionId, route: 'devices', method: 'GET', address };
        gatherer.note({ ...request, code: undefined }, atMs);
        gatherer.note({ ...request, code: 'assumed_denied' }, atMs + 1000);
        return { id: unique('batch'), tokens: [], sessions: gatherer.take() };
      };
      const [late, early] = [seen(startMs + 5000, '2001:db8::1'), seen(startMs, '192.0.2.1')];
      for (const batch of [late, early, early]) await usage.write(batch);
      const route = { route: 'devices', method: 'GET', calls: 2 };
      expect(await reports.find(sessionId)).toEqual({
        sessionId,
        calls: [
          { ...route, code: '', firstMs: startMs, lastMs: startMs + 5000 },
          { ...route, code: 'assumed_denied', firstMs: startMs + 1000, lastMs: startMs + 6000 },
        ],
        addresses: [
          { address: '192.0.2.1', calls: 2, firstMs: startMs, lastMs: startMs + 1000 },
          { address: '2001:db8::1', calls: 2, firstMs: startMs + 5000, lastMs: startMs + 6000 },
        ],
      });
      expect(await reports.find('tok_another')).toMatchObject({ calls: [], addresses: [] });
    });

    test('a helper who changes address with every request makes no endless report', async () => {
      const sessionId = unique('session');
      for (let part = 0; part < 3; part++) {
        const gatherer = new SessionUsageGatherer(() => undefined);
        for (let at = 0; at < 60; at++) {
          const address = `2001:db8::${part}:${at}`;
          gatherer.note({ sessionId, route: 'r', method: 'GET', code: undefined, address }, startMs + part * 1000 + at);
        }
        await usage.write({ id: unique('batch'), tokens: [], sessions: gatherer.take() });
      }
      const found = await new PostgresSessionUsages(store.admin).find(sessionId);
      expect(found.calls).toMatchObject([{ calls: 180 }]);
      expect(found.addresses).toHaveLength(100);
      expect(found.addresses.at(-1)).toMatchObject({ address: '2001:db8::1:39', calls: 1 });
    });

    test('hours are listed newest first, whole and without doubles, by organisation, user and time', async () => {
      const bob = await newUser(node, (await newOrganization(node)).id);
      const token = await issue(bob);
      for (const hourMs of [startMs, startMs + hour, startMs + 2 * hour]) {
        for (const route of ['a', 'b']) await usage.write(batchOf(token, { hourMs, route }));
      }
      const places = (found: readonly UsageHour[]): string[] =>
        found.map(({ hourMs, route }) => `${(hourMs - startMs) / hour}${route}`);
      const all = ['2b', '2a', '1b', '1a', '0b', '0a'];
      expect(places(await listed({ userId: bob.id }))).toEqual(all);
      expect(places(await listed({ organizationId: bob.organizationId }, 1))).toEqual(all);
      expect(places(await listed({ userId: bob.id }, 4))).toEqual(all);
      expect(places(await listed({ userId: bob.id, fromMs: startMs + hour, toMs: startMs + 2 * hour }))).toEqual([
        '1b',
        '1a',
      ]);
      expect(await listed({ organizationId: alice.organizationId, userId: bob.id })).toEqual([]);
    });

    test.each([
      'x',
      '',
      Buffer.from('1\n\0\nc\nd').toString('base64url'),
      Buffer.from('a\nb\nc\nd').toString('base64url'),
    ])('a cursor that no page gave leads to the end and not to an error: %j', async (cursor) => {
      expect(await hours.list(within({}), { limit: 10, cursor })).toEqual({ items: [], nextCursor: null });
    });

    test('unused for a time are those neither made nor used since', async () => {
      const owner = await newUser(node, alice.organizationId);
      const used = await issue(owner);
      node.clock.advance(1);
      const idle = await issue(owner);
      node.clock.advance(10 * day);
      const fresh = await issue(owner);
      await usage.write(batchOf(used, { lastUse: { atMs: node.clock.now() - day, address: 'a', route: 'r' } }));
      const unused = async (days: number): Promise<string[]> => {
        const filter = { userId: owner.id, unusedSinceMs: node.clock.now() - days * day };
        return (await node.tokens.list(filter, { limit: 10 })).items.map(({ id }) => id);
      };
      expect(await unused(5)).toEqual([idle.id]);
      expect(await unused(0.5)).toEqual([idle.id, used.id]);
      expect(await unused(0)).toEqual([fresh.id, idle.id, used.id]);
    });

    test('hours are kept for 90 days, and the last use for good', async () => {
      const token = await issue();
      const lastUse = { atMs: startMs, address: 'a', route: 'r' };
      await usage.write(batchOf(token, { lastUse }));
      await usage.write(batchOf(token, { hourMs: startMs + 2 * day }));
      node.clock.advance(startMs + 91 * day - node.clock.now());
      await usage.prune();
      expect(await listed({ tokenId: token.id })).toMatchObject([{ hourMs: startMs + 2 * day }]);
      expect(await node.tokens.find(token.id)).toMatchObject({ lastUse: { at: startMs } });
    });
  });
}
