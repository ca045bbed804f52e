import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { mintToken } from '../../src/core/token.ts';
import { onCleanup } from '../support/cleanup.ts';
import { startPostgres } from '../support/postgres-server.ts';
import { startServe, type ServeProcess } from '../support/serve-process.ts';
import { count } from '../support/counts.ts';

async function startUpstream(): Promise<number> {
  const server = createServer((_, res) => res.end('ok'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onCleanup(() => void server.close());
  return (server.address() as AddressInfo).port;
}

async function tokenOf(serve: ServeProcess, username: string): Promise<string> {
  await serve.api('POST', '/organizations', { slug: 'acme', name: 'Acme' });
  const made = await serve.api('POST', '/organizations/acme/users', { kind: 'service', username, name: username });
  const { id } = (await made.json()) as { id: string };
  await serve.api('POST', '/organizations/acme/authorizations', {
    user_id: id,
    project: 'analytics',
    roles: ['viewer'],
  });
  const created = await serve.api('POST', '/tokens', { user_id: id, name: 'ci', scopes: ['device:read'] });
  return ((await created.json()) as { secret: string }).secret;
}

const ask = (serve: ServeProcess, token: string): Promise<Response> =>
  fetch(`${serve.proxy}/api/x`, { headers: { authorization: `Bearer ${token}` } });

test(
  'a store that is gone answers 503 and never 401; a hot token goes on within its ttl and stale_for',
  { timeout: 120_000 },
  async () => {
    const postgres = await startPostgres();
    const serve = await startServe('postgres', {
      upstreamPort: await startUpstream(),
      databaseUrl: postgres.url,
      cache: '{ ttl: 2s, stale_for: 3s }',
    });
    const [hot, cold] = [await tokenOf(serve, 'hot'), await tokenOf(serve, 'cold')];
    expect((await ask(serve, hot)).status).toBe(200);
    await postgres.kill();

    const refused = await ask(serve, cold);
    expect(refused.status).toBe(503);
    expect(refused.headers.get('retry-after')).toBe('1');
    expect(await refused.json()).toMatchObject({ code: 'store_unavailable' });
    expect((await ask(serve, mintToken('wl', 'pat'))).status).toBe(503);
    expect((await ask(serve, `${cold}x`)).status).toBe(401);
    expect((await ask(serve, hot)).status).toBe(200);
    expect((await serve.api('GET', '/tokens')).status).toBe(503);
    expect((await fetch(`${serve.admin}/readyz`)).status).toBe(503);

    // After ttl and stale_for there is no allow without a fact.
    await expect.poll(async () => (await ask(serve, hot)).status, { timeout: 20_000, interval: 200 }).toBe(503);
    await postgres.start();
    await expect.poll(async () => (await ask(serve, cold)).status, { timeout: 20_000, interval: 200 }).toBe(200);
    expect((await ask(serve, hot)).status).toBe(200);
  },
);

test('1,000 requests at once on one cold token cost one query', { timeout: 120_000 }, async () => {
  const serve = await startServe('postgres', { upstreamPort: await startUpstream() });
  const token = await tokenOf(serve, 'herd');
  const before = await lookups(serve);
  const statuses = await Promise.all(Array.from({ length: 1000 }, async () => (await ask(serve, token)).status));
  expect(new Set(statuses)).toEqual(new Set([200]));
  expect((await lookups(serve)) - before).toBe(1);
});

test('junk tokens with a wrong checksum cost no query and no memory', { timeout: 300_000 }, async () => {
  const serve = await startServe('postgres', { upstreamPort: await startUpstream() });
  const before = await lookups(serve);
  const total = count(20_000, 100_000);
  const good = mintToken('wl', 'pat').slice(0, 47);
  for (let sent = 0; sent < total; sent += 500) {
    const batch = Array.from({ length: 500 }, async (_, at) => {
      const response = await ask(serve, good + String(sent + at).padStart(6, '0'));
      await response.arrayBuffer();
      return response.status;
    });
    expect(new Set(await Promise.all(batch))).toEqual(new Set([401]));
  }
  expect((await lookups(serve)) - before).toBeLessThanOrEqual(1);
});

/** How often the data plane asked the database about a token, as its own metrics count it. */
async function lookups(serve: ServeProcess): Promise<number> {
  const text = await (await fetch(`${serve.admin}/metrics`)).text();
  const lines = text.split('\n').filter((line) => line.startsWith('wayleave_cache_lookups_total{tier="postgres"'));
  return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}
