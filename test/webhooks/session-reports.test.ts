import { beforeAll, describe, expect, it } from 'vitest';
import { readWebhookKey, webhookEventTypes, type WebhookTarget } from '../../src/core/webhook.ts';
import { PostgresUsage } from '../../src/tokens/postgres-usage.ts';
import { readSessionUsage } from '../../src/tokens/postgres-session-usage.ts';
import { SessionUsageGatherer } from '../../src/tokens/session-usage.ts';
import { PostgresOutbox } from '../../src/webhooks/postgres-outbox.ts';
import { PostgresSessionReports } from '../../src/webhooks/postgres-session-reports.ts';
import { castOf, openSession, sessions, type Cast } from '../admin-api/assume/support.ts';
import { openWorld, type World } from '../admin-api/support/world.ts';
import { webhookKey } from './receiver.ts';

let world: World;
let cast: Cast;

const target = (name: string, given: Partial<WebhookTarget> = {}): WebhookTarget => ({
  name,
  url: 'http://127.0.0.1:1',
  key: readWebhookKey(webhookKey) ?? new Uint8Array(),
  events: webhookEventTypes,
  organizations: undefined,
  timeoutMs: 1000,
  ...given,
});

beforeAll(async () => {
  world = await openWorld();
  cast = await castOf(world);
});

/** A node that tells of sessions, whose clock is ahead. */
function teller(aheadMs: number, targets: readonly WebhookTarget[] = [target('ops')]): PostgresSessionReports {
  const { database } = world;
  const clock = { now: () => Date.now() + aheadMs };
  const outbox = new PostgresOutbox({ database, targets, clock });
  return new PostgresSessionReports({ database, outbox, usageOf: readSessionUsage, clock });
}

async function events(sessionId: string): Promise<{ target: string; data: Record<string, unknown> }[]> {
  const rows = await world.database.query(
    (sql) => sql`
      SELECT e.payload, d.target FROM webhook_events e JOIN webhook_deliveries d ON d.event_id = e.id
      WHERE e.type = 'assume.session_ended'`,
  );
  return rows
    .map((row) => {
      const { type, data } = JSON.parse(String(row['payload'])) as { type: string; data: Record<string, unknown> };
      return { target: String(row['target']), type, data };
    })
    .filter(({ data }) => data['session_id'] === sessionId);
}

async function endedSession() {
  const session = await openSession(world, cast);
  const gatherer = new SessionUsageGatherer(() => undefined);
  const call = { sessionId: session.id, route: 'devices', address: '192.0.2.1' };
  for (const code of [undefined, undefined, 'assumed_denied'] as const) {
    gatherer.note({ ...call, method: 'GET', code }, Date.now());
  }
  const usage = new PostgresUsage(world.database, world.deps.clock);
  await usage.write({ id: `batch of ${session.id}`, tokens: [], sessions: gatherer.take() });
  const ended = await world.client(cast.admin.secret).delete(`${sessions}/${session.id}`);
  expect(ended.status).toBe(200);
  return session;
}

describe('the report of a session', () => {
  it('is told of once it is whole, by one of the nodes, and by none again', async () => {
    const { id, grantId, secret } = await endedSession();
    expect(await teller(0).tell()).toBe(0);
    const told = await Promise.all(Array.from({ length: 4 }, () => teller(6000).tell()));
    expect(told.reduce((sum, count) => sum + count, 0)).toBe(1);
    expect(await teller(12_000).tell()).toBe(0);
    const [event, ...others] = await events(id);
    expect(others).toEqual([]);
    expect(event).toMatchObject({
      target: 'ops',
      type: 'assume.session_ended',
      data: {
        session_id: id,
        assume_token_id: grantId,
        organization: 'acme',
        subject: { id: cast.subject.user.id },
        actor: { id: cast.helper.user.id, organization: 'support' },
        reason: 'ticket 4711',
        end_reason: 'admin',
        calls: 3,
        refused: 1,
        routes: [{ route: 'devices', method: 'GET', allowed: 2, refused: 1, codes: { assumed_denied: 1 } }],
        addresses: [{ address: '192.0.2.1', calls: 3 }],
      },
    });
    expect(JSON.stringify(event)).not.toContain(secret);
    const report = await world.client(cast.admin.secret).get(`${sessions}/${id}/report`);
    const { routes, calls } = report.body;
    expect(event?.data).toMatchObject({ routes, calls });
  });

  it('goes to those who are told of that organisation and that kind of event alone', async () => {
    const { id } = await endedSession();
    const targets = [
      target('all'),
      target('acme', { organizations: ['acme'] }),
      target('rivals', { organizations: ['rivals'] }),
      target('helpers', { organizations: ['support'] }),
      target('expiry', { events: ['token.expiring'] }),
    ];
    expect(await teller(6000, targets).tell()).toBe(1);
    expect((await events(id)).map((event) => event.target).toSorted()).toEqual(['acme', 'all']);
  });

  it('is not told of a session that goes on, nor long after it ended', async () => {
    const open = await openSession(world, cast);
    const old = await endedSession();
    expect(await teller(4 * 86_400_000).tell()).toBe(0);
    expect([...(await events(open.id)), ...(await events(old.id))]).toEqual([]);
  });
});
