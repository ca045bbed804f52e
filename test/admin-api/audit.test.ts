import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Refused } from '../../src/admin-api/ports/audit.ts';
import type { AdminClient } from './support/client.ts';
import { expectProblem } from './support/client.ts';
import { openWorld, type World } from './support/world.ts';

interface Entry {
  readonly id: string;
  readonly organization_id: string;
  readonly action: string;
  readonly request_id: string | null;
  readonly user_id: string | null;
  readonly token_id: string | null;
  readonly address: string | null;
  readonly via: string;
}

const refused: Refused[] = [];
let world: World;
let platform: AdminClient;
let acme: AdminClient;
let acmeId: string;

beforeAll(async () => {
  world = await openWorld({ refusals: { note: (refusal) => refused.push(refusal) } });
  const scopes = ['wayleave:org:read', 'wayleave:org:write', 'wayleave:audit:read'];
  const root = await world.people.holder('platform', ['wayleave/platform-admin'], ['wayleave:platform', ...scopes]);
  const admin = await world.people.holder('acme', ['wayleave/org-admin'], scopes);
  await world.people.holder('globex', ['wayleave/org-admin'], scopes);
  platform = world.client(root.secret);
  acme = world.client(admin.secret);
  acmeId = admin.user.organizationId;
});

async function entries(client: AdminClient, query = ''): Promise<readonly Entry[]> {
  const { status, body } = await client.get(`/api/v1/audit${query}`);
  expect(status).toBe(200);
  return body['items'] as Entry[];
}

describe('the audit log over the API', () => {
  test('a change tells who made it, with which token, from where, in which call', async () => {
    const user = { kind: 'service', username: 'ci', name: 'CI' };
    const made = await acme.post('/api/v1/organizations/acme/users', user);
    const me = (await acme.get('/api/v1/me')).body as { id?: string };
    const [entry] = await entries(acme, `?target=${String(made.body['id'])}`);
    expect(entry).toMatchObject({
      organization_id: acmeId,
      action: 'user.create',
      request_id: made.headers.get('x-request-id'),
      address: '127.0.0.1',
      via: 'api',
      token_id: expect.stringMatching(/^tok_/) as string,
      user_id: me.id ?? (expect.stringMatching(/^usr_/) as string),
    });
    const byRequest = await entries(acme, `?request_id=${made.headers.get('x-request-id')}`);
    expect(byRequest).toEqual([entry]);
  });

  test('filters choose, and cursors lead through all of it, newest first', async () => {
    const all = await entries(platform, '?limit=200');
    expect(all.length).toBeGreaterThan(8);
    expect(all.map(({ id }) => id)).toEqual(
      all
        .map(({ id }) => id)
        .toSorted()
        .toReversed(),
    );
    const paged: string[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const { body } = await platform.get(`/api/v1/audit?limit=3${cursor === '' ? '' : `&cursor=${cursor}`}`);
      paged.push(...(body['items'] as Entry[]).map(({ id }) => id));
      cursor = body['next_cursor'] as string | null;
    }
    expect(paged).toEqual(all.map(({ id }) => id));
    const created = await entries(platform, '?action=token.create&limit=200');
    expect(created).toEqual(all.filter(({ action }) => action === 'token.create'));
    expect(await entries(platform, '?organization=acme&limit=200')).toEqual(
      all.filter(({ organization_id: id }) => id === acmeId),
    );
    expect(await entries(platform, '?until=2001-01-01T00:00:00Z')).toEqual([]);
    expect(await entries(platform, '?since=2001-01-01T00:00:00Z&limit=200')).toEqual(all);
    expect(await entries(platform, '?actor=usr_nobody')).toEqual([]);
    for (const query of ['action=nothing', 'actor=x', 'since=yesterday', 'until=1969-01-01', 'limit=0', 'frob=1']) {
      expectProblem(await platform.get(`/api/v1/audit?${query}`), 400, 'validation_failed');
    }
    expect(await entries(platform, '?since=1960-01-01T00:00:00Z&limit=200')).toEqual(all);
  });

  test('an organisation sees, verifies and exports its own log alone', async () => {
    expect(new Set((await entries(acme, '?limit=200')).map(({ organization_id: id }) => id))).toEqual(
      new Set([acmeId]),
    );
    for (const path of ['/api/v1/audit?organization=globex', '/api/v1/audit/export?organization=globex']) {
      expectProblem(await acme.get(path), 404, 'not_found');
    }
    expectProblem(await acme.post('/api/v1/audit/verify', { organization: 'globex' }), 404, 'not_found');
    const heads = [{ organization_id: 'org_elsewhere', seq: 7, link: 'x' }];
    const { body } = await acme.post('/api/v1/audit/verify', { heads });
    expect(body).toMatchObject({
      ok: true,
      faults: [],
      heads_compared: 0,
      organizations: [{ organization_id: acmeId }],
    });
    const member = await world.people.holder('acme', [], ['wayleave:self']);
    expectProblem(await world.client(member.secret).get('/api/v1/audit'), 403, 'insufficient_scope');
  });

  test('an export ends with a line that signs it, and verification tells a file that was altered', async () => {
    const { body, headers } = await acme.get('/api/v1/audit/export');
    expect(headers.get('content-type')).toBe('application/jsonl');
    const text = String(body['text']);
    const lines = text.trimEnd().split('\n');
    const { trailer } = JSON.parse(lines.pop() ?? '') as { trailer: { rows: number; hmac: string } };
    expect(trailer.rows).toBe(lines.length);
    const sha256 = createHash('sha256')
      .update(`${lines.join('\n')}\n`)
      .digest('hex');
    const last = JSON.parse(lines.at(-1) ?? '') as { organization_id: string; seq: number; link: string };
    const heads = [{ organization_id: last.organization_id, seq: last.seq, link: last.link }];
    const whole = await acme.post('/api/v1/audit/verify', { heads, export: { ...trailer, sha256 } });
    expect(whole.body).toMatchObject({ ok: true, heads_compared: 1 });
    const forged = await acme.post('/api/v1/audit/verify', {
      heads,
      export: { ...trailer, sha256: createHash('sha256').update('x').digest('hex') },
    });
    expect(forged.body).toMatchObject({ ok: false, fault_count: 1, faults: [{ kind: 'export' }] });
    await world.database.query(
      (sql) => sql`UPDATE audit_log SET address = '192.0.2.9' WHERE organization_id = ${acmeId} AND seq = 2`,
    );
    const altered = await platform.post('/api/v1/audit/verify', {});
    expect(altered.body).toMatchObject({ ok: false, faults: [{ organization_id: acmeId, kind: 'altered', seq: 2 }] });
  });

  test('refusals are counted, with whom they concern where that is known', async () => {
    refused.length = 0;
    await world.client('junk').get('/api/v1/me');
    await world.client().get('/api/v1/me');
    await acme.post('/api/v1/organizations', { slug: 'x', name: 'X' });
    await acme.get('/api/v1/organizations/nothing');
    expect(refused).toEqual([
      { code: 'token_invalid', organizationId: undefined, tokenId: undefined, address: '127.0.0.1' },
      { code: 'token_missing', organizationId: undefined, tokenId: undefined, address: '127.0.0.1' },
      expect.objectContaining({ code: 'insufficient_scope', organizationId: acmeId }),
    ]);
  });

  test('a change that cannot be audited answers 503 audit_unavailable and is not made', async () => {
    await world.database.query((sql) => sql`ALTER TABLE audit_log RENAME TO elsewhere`);
    const user = { kind: 'service', username: 'unaudited', name: 'x' };
    const answer = await acme.post('/api/v1/organizations/acme/users', user);
    await world.database.query((sql) => sql`ALTER TABLE elsewhere RENAME TO audit_log`);
    expectProblem(answer, 503, 'audit_unavailable');
    expect(answer.headers.get('retry-after')).toBe('5');
    const found = await acme.get('/api/v1/organizations/acme/users?search=unaudited');
    expect(found.body['items']).toEqual([]);
  });
});
