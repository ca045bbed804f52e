import { beforeEach, describe, expect, it } from 'vitest';
import type { Store } from '../../src/db/store.ts';
import { PostgresDeliveryList } from '../../src/webhooks/postgres-delivery-list.ts';
import { emptyStore, openOnce, storeKinds } from '../db/stores.ts';
import { isSignedWith, startReceiver, status, webhookKey, type Receiver } from './receiver.ts';
import { eventOf, letTimePass, startSending, targetOf } from './sending-node.ts';

const organizationId = 'org_00000000000000000000000001';

async function addOrganization(store: Store): Promise<void> {
  await store.admin.query(
    (sql) => sql`
    INSERT INTO organizations (id, slug, name, created_at, changed_at)
    VALUES (${organizationId}, 'acme', 'Acme', now(), now()) ON CONFLICT DO NOTHING`,
  );
  await store.admin.query((sql) => sql`DELETE FROM webhook_events`);
}

async function rows(store: Store) {
  const { items } = await new PostgresDeliveryList(store.admin).list({}, { limit: 200 });
  return items.map(({ target, state, attempts, lastStatus, lastError }) => ({
    target,
    state,
    attempts,
    lastStatus,
    lastError,
  }));
}

describe.each(storeKinds)('a webhook on the %s store', (kind) => {
  const open = openOnce(kind);
  let store: Store;
  let receiver: Receiver;

  beforeEach(async () => {
    store = await open();
    await addOrganization(store);
    receiver = await startReceiver();
  }, 60_000);

  it('arrives once, as written, with a signature that its receiver can verify', async () => {
    const node = startSending(store, [targetOf(receiver)]);
    await node.outbox.notify(eventOf(organizationId, { name: 'ünï "quoted"' }));
    await expect
      .poll(() => rows(store))
      .toEqual([{ target: 'ops', state: 'delivered', attempts: 1, lastStatus: 204, lastError: null }]);
    const [got] = receiver.received;
    expect(receiver.received).toHaveLength(1);
    expect(got?.headers).toMatchObject({ 'content-type': 'application/json', 'user-agent': 'wayleave/1.2.3' });
    expect(JSON.parse(got?.body ?? '')).toEqual({
      type: 'token.expiring',
      timestamp: '2030-01-01T00:00:00.000Z',
      data: { name: 'ünï "quoted"' },
    });
    expect(got && isSignedWith(webhookKey, got)).toBe(true);
    expect(got && isSignedWith(`whsec_${Buffer.alloc(24).toString('base64')}`, got)).toBe(false);
    expect(Math.abs((got?.timestamp ?? 0) - Date.now() / 1000)).toBeLessThan(60);
    expect(node.faults).toEqual([]);
    await node.stop();
  });

  it('is not in the outbox of a change that was undone', async () => {
    const node = startSending(store, [targetOf(receiver)]);
    const undone = store.admin.transaction(async (sql) => {
      await node.outbox.add(sql, [eventOf(organizationId)]);
      throw new Error('undone');
    });
    await expect(undone).rejects.toThrow('undone');
    expect(await rows(store)).toEqual([]);
    await node.stop();
  });

  it('comes again under the same id after a failure, whatever it was', async () => {
    const node = startSending(store, [targetOf(receiver, { timeoutMs: 200 })]);
    receiver.answer(status(500));
    await node.outbox.notify(eventOf(organizationId));
    await expect.poll(() => node.settled.length).toBe(1);
    // It accepts the request and never answers.
    receiver.answer(() => undefined);
    await letTimePass(store);
    await expect.poll(() => node.settled.length).toBe(2);
    await receiver.close();
    await letTimePass(store);
    await expect.poll(() => node.settled.length).toBe(3);
    await receiver.open();
    receiver.answer(status(200));
    await letTimePass(store);
    await expect.poll(() => node.settled.length).toBe(4);
    expect(node.settled).toEqual([
      { kind: 'retry', status: 500, reason: 'answered 500', afterMs: 5000 },
      { kind: 'retry', status: undefined, reason: 'no answer within 200 ms', afterMs: 15_000 },
      { kind: 'retry', status: undefined, reason: 'ECONNREFUSED', afterMs: 45_000 },
      { kind: 'delivered', status: 200 },
    ]);
    expect(new Set(receiver.received.map(({ id }) => id)).size).toBe(1);
    expect(receiver.received.every((got) => isSignedWith(webhookKey, got))).toBe(true);
    await node.stop();
  });

  it('is not sent before its time', async () => {
    const node = startSending(store, [targetOf(receiver)]);
    receiver.answer(status(503));
    await node.outbox.notify(eventOf(organizationId));
    await expect.poll(() => node.settled.length).toBe(1);
    const [row] = await store.admin.query(
      (sql) => sql`
      SELECT extract(epoch FROM next_attempt_at - clock_timestamp())::float8 AS wait FROM webhook_deliveries`,
    );
    expect(row?.['wait']).toBeGreaterThan(2);
    expect(await node.queue.claim('ops', 10, 1000)).toEqual([]);
    await node.stop();
  });

  it('that waits is not sent to a target that gateway.yaml no longer tells of the organisation', async () => {
    const before = startSending(store, [targetOf(receiver)]);
    receiver.answer(status(503));
    await before.outbox.notify(eventOf(organizationId));
    await expect.poll(() => before.settled.length).toBe(1);
    await before.stop();
    receiver.answer(status(204));
    await letTimePass(store);
    const elsewhere = await startReceiver();
    const after = startSending(store, [targetOf(elsewhere, { organizations: ['globex'] })]);
    await expect.poll(() => after.settled).toMatchObject([{ kind: 'dead' }]);
    expect(elsewhere.received).toEqual([]);
    await after.stop();
  });

  it('follows no redirect', async () => {
    const elsewhere = await startReceiver();
    const node = startSending(store, [targetOf(receiver)]);
    receiver.answer(status(307, { location: elsewhere.url }));
    await node.outbox.notify(eventOf(organizationId));
    await expect.poll(() => node.settled).toMatchObject([{ kind: 'retry', status: 307 }]);
    expect(elsewhere.received).toEqual([]);
    await node.stop();
  });

  it('is dead, and stays to be seen, when the receiver says that it is gone', async () => {
    const node = startSending(store, [targetOf(receiver)]);
    receiver.answer(status(410));
    await node.outbox.notify(eventOf(organizationId));
    await expect
      .poll(() => rows(store))
      .toEqual([{ target: 'ops', state: 'dead', attempts: 1, lastStatus: 410, lastError: 'answered 410' }]);
    await node.stop();
  });

  it('is dead after twelve attempts', async () => {
    const node = startSending(store, [targetOf(receiver)]);
    receiver.answer(status(500));
    await node.outbox.notify(eventOf(organizationId));
    for (let attempt = 1; attempt <= 12; attempt++) {
      await expect.poll(() => node.settled.length).toBe(attempt);
      await letTimePass(store);
    }
    expect(await rows(store)).toMatchObject([{ state: 'dead', attempts: 12 }]);
    expect(receiver.received).toHaveLength(12);
    await node.stop();
  });

  it('goes to each target by itself, and to none that does not want it', async () => {
    const [slow, other] = [await startReceiver(), await startReceiver()];
    slow.answer(() => undefined);
    const node = startSending(store, [
      targetOf(slow, { name: 'slow' }),
      targetOf(receiver, { name: 'wanted', organizations: ['acme'] }),
      targetOf(other, { name: 'unwanted', organizations: ['globex'] }),
    ]);
    for (let number = 0; number < 20; number++) await node.outbox.notify(eventOf(organizationId, { number }));
    await expect.poll(() => receiver.received.length).toBe(20);
    expect(other.received).toEqual([]);
    expect(slow.received.length).toBeLessThanOrEqual(4);
    expect(receiver.busiest()).toBeLessThanOrEqual(4);
    await node.stop();
  });

  it('is sent by another node when the one that had it is gone, but not while it may still be at it', async () => {
    const node = startSending(store, [targetOf(receiver)]);
    await node.stop();
    await node.outbox.notify(eventOf(organizationId));
    const [claimed] = await node.queue.claim('ops', 10, 60_000);
    expect(await node.queue.claim('ops', 10, 60_000)).toEqual([]);
    await letTimePass(store);
    const next = startSending(store, [targetOf(receiver)]);
    await expect.poll(() => next.settled).toMatchObject([{ kind: 'delivered' }]);
    // The first one's word comes too late to change anything.
    if (claimed !== undefined) await node.queue.settle(claimed, { kind: 'dead', status: undefined, reason: 'late' });
    expect(await rows(store)).toMatchObject([{ state: 'delivered', attempts: 2, lastError: null }]);
    await next.stop();
  });

  it('that is under way when its node stops is given back, without counting', async () => {
    receiver.answer(() => undefined);
    const node = startSending(store, [targetOf(receiver)]);
    await node.outbox.notify(eventOf(organizationId));
    await expect.poll(() => receiver.received.length).toBe(1);
    await node.stop();
    expect(await rows(store)).toMatchObject([{ state: 'pending', attempts: 0 }]);
    receiver.answer(status(204));
    const next = startSending(store, [targetOf(receiver)]);
    await expect.poll(() => next.settled).toMatchObject([{ kind: 'delivered' }]);
    await next.stop();
  });

  it('for a target that gateway.yaml no longer has is given up after some days, and no other', async () => {
    const node = startSending(store, [targetOf(receiver, { name: 'old' })]);
    await node.stop();
    await node.outbox.notify(eventOf(organizationId));
    expect(await node.queue.giveUp(['new'])).toEqual([]);
    await store.admin.query((sql) => sql`UPDATE webhook_events SET created_at = now() - interval '5 days'`);
    expect(await node.queue.giveUp(['old'])).toEqual([]);
    expect(await node.queue.giveUp(['new'])).toEqual(['old']);
    expect(await rows(store)).toMatchObject([{ state: 'dead', lastError: 'gateway.yaml no longer has this target' }]);
    expect(await node.queue.pending()).toEqual(new Map());
    await store.admin.query((sql) => sql`UPDATE webhook_events SET created_at = now() - interval '31 days'`);
    await node.queue.prune();
    expect(await rows(store)).toEqual([]);
  });
});

it('is sent once by two nodes that look for work at the same time', async () => {
  const store = await emptyStore('postgres');
  await addOrganization(store);
  const receiver = await startReceiver();
  const nodes = [startSending(store, [targetOf(receiver)]), startSending(store, [targetOf(receiver)])];
  const events = Array.from({ length: 100 }, (_, number) => eventOf(organizationId, { number }));
  await store.admin.transaction(async (sql) => nodes[0]?.outbox.add(sql, events));
  await expect.poll(async () => (await rows(store)).every(({ state }) => state === 'delivered')).toBe(true);
  const numbers = receiver.received.map(({ body }) => (JSON.parse(body) as { data: { number: number } }).data.number);
  expect(numbers.toSorted((one, other) => one - other)).toEqual(events.map((_, number) => number));
  expect(nodes.every(({ settled }) => settled.length > 0)).toBe(true);
  for (const node of nodes) await node.stop();
});
