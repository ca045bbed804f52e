import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { onCleanup } from '../support/cleanup.ts';
import { startPostgres } from '../support/postgres-server.ts';
import { startServe, type ServeProcess } from '../support/serve-process.ts';

async function startUpstream(): Promise<number> {
  const server = createServer((_, res) => res.end('ok'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onCleanup(() => void server.close());
  return (server.address() as AddressInfo).port;
}

async function issue(serve: ServeProcess, names: readonly string[]): Promise<string[]> {
  await serve.make('/organizations', { slug: 'acme', name: 'Acme' });
  const user = { kind: 'service', username: 'ci', name: 'CI' };
  const { id } = await serve.make<{ id: string }>('/organizations/acme/users', user);
  await serve.make('/organizations/acme/authorizations', { user_id: id, project: 'analytics', roles: ['viewer'] });
  const secrets: string[] = [];
  for (const name of names) {
    const created = await serve.make<{ secret: string }>('/tokens', { user_id: id, name, scopes: ['device:read'] });
    secrets.push(created.secret);
  }
  return secrets;
}

interface Answer {
  readonly status: number;
  readonly stale: string | null;
  readonly retryAfter: string | null;
}

async function ask(serve: ServeProcess, token: string): Promise<Answer> {
  const response = await fetch(`${serve.proxy}/api/x`, { headers: { authorization: `Bearer ${token}` } });
  await response.arrayBuffer();
  const { status, headers } = response;
  return { status, stale: headers.get('x-wayleave-stale'), retryAfter: headers.get('retry-after') };
}

async function metric(serve: ServeProcess, name: string): Promise<number> {
  const text = await (await fetch(`${serve.admin}/metrics`)).text();
  const lines = text.split('\n').filter((line) => line.startsWith(name));
  return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}

test.each(['frozen', 'killed'] as const)(
  'while Postgres is %s a hot token goes on and says that it is stale, cold ones get 503, and afterwards all is well',
  { timeout: 120_000 },
  async (how) => {
    const postgres = await startPostgres();
    const options = { upstreamPort: await startUpstream(), databaseUrl: postgres.url };
    const serve = await startServe('postgres', { ...options, cache: '{ ttl: 30s, stale_for: 60s }' });
    const names = Array.from({ length: 40 }, (_, at) => `t${at}`);
    const [hot = '', ...cold] = await issue(serve, names);
    expect(await ask(serve, hot)).toEqual({ status: 200, stale: null, retryAfter: null });

    if (how === 'frozen') postgres.pause();
    else await postgres.kill();
    const refused = { status: 503, stale: null, retryAfter: '1' };
    for (const answer of await Promise.all(cold.map((token) => ask(serve, token)))) expect(answer).toEqual(refused);
    // The herd has opened the breaker or shown the outage: from here on nobody waits for the store.
    await expect.poll(() => serve.log()).toContain('the store does not answer');
    const before = await metric(serve, 'wayleave_cache_lookups_total{tier="postgres"');
    for (const token of cold) expect(await ask(serve, token)).toEqual(refused);
    expect(await metric(serve, 'wayleave_cache_lookups_total{tier="postgres"')).toBe(before);
    const stale = expect.stringMatching(/^\d+$/) as string;
    await expect.poll(() => ask(serve, hot), { timeout: 10_000 }).toEqual({ status: 200, stale, retryAfter: null });
    await expect.poll(() => metric(serve, 'wayleave_stale_requests_total{route="devices"}')).toBeGreaterThan(0);
    await expect.poll(() => serve.log()).toContain('"source":"stale"');

    if (how === 'frozen') postgres.resume();
    else await postgres.start();
    await expect.poll(async () => (await ask(serve, cold[0] ?? '')).status, { timeout: 20_000 }).toBe(200);
    // The herd returns at once: each token costs one query, and nobody is refused.
    const herd = cold.slice(1).flatMap((token) => Array.from({ length: 5 }, () => ask(serve, token)));
    for (const answer of await Promise.all(herd)) expect(answer.status).toBe(200);
    const queries = (await metric(serve, 'wayleave_cache_lookups_total{tier="postgres"')) - before;
    expect(queries).toBeLessThanOrEqual(cold.length + 5);
    await expect.poll(async () => (await ask(serve, hot)).stale, { timeout: 10_000 }).toBeNull();
  },
);

test('uses that happen while Postgres is away are counted once it is back', { timeout: 120_000 }, async () => {
  const postgres = await startPostgres();
  const serve = await startServe('postgres', { upstreamPort: await startUpstream(), databaseUrl: postgres.url });
  const [token = ''] = await issue(serve, ['t']);
  for (let request = 0; request < 5; request++) expect((await ask(serve, token)).status).toBe(200);
  await postgres.kill();
  for (let request = 0; request < 5; request++) expect((await ask(serve, token)).status).toBe(200);
  await postgres.start();
  const counted = async (): Promise<number> => {
    const answer = await serve.api('GET', '/usage');
    if (answer.status !== 200) return -1;
    const { items } = (await answer.json()) as { items: { allowed: number }[] };
    return items.reduce((sum, { allowed }) => sum + allowed, 0);
  };
  await expect.poll(counted, { timeout: 30_000, interval: 200 }).toBe(10);
});

test(
  'the use of a token is on record within a second, and none is lost when the gateway stops',
  {
    timeout: 120_000,
  },
  async () => {
    const serve = await startServe('embedded', { upstreamPort: await startUpstream() });
    const [token = ''] = await issue(serve, ['t']);
    await ask(serve, token);
    const lastRoute = async (): Promise<unknown> => {
      const { items } = (await (await serve.api('GET', '/tokens?search=t')).json()) as {
        items: { last_used_route: unknown }[];
      };
      return items.map((item) => item.last_used_route);
    };
    await expect.poll(lastRoute, { timeout: 5000 }).toContain('devices');
    for (let request = 0; request < 20; request++) await ask(serve, token);
    await serve.process.end('SIGTERM');
    await serve.start();
    const { items } = (await (await serve.api('GET', '/usage')).json()) as { items: { allowed: number }[] };
    expect(items.reduce((sum, { allowed }) => sum + allowed, 0)).toBe(21);
  },
);
