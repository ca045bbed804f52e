import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { beforeAll, describe, expect, it } from 'vitest';
import { join } from 'node:path';
import { main } from '../../src/commands/main.ts';
import { memoryIo } from '../commands/memory-io.ts';
import { onCleanup } from '../support/cleanup.ts';
import { startGateway, type RunningGateway } from '../support/gateway.ts';
import { adminClient, adminToken, type AdminCall } from '../support/gateway-tokens.ts';
import { withinASecond } from '../support/settled.ts';
import { lines } from '../support/speak-http.ts';
import { tempDir } from '../support/temp-dir.ts';
import { dial } from '../support/wire.ts';

let gateway: RunningGateway;
let call: AdminCall;
let token: string;
/** The file as it was at the start. */
let original: string;
/** Decides beside, and asks for a token. */
let shadowFile: string;
const rest = 'upstream: u, authenticated: true';
/** Requests that the upstream keeps waiting, by path. */
const waiting = new Map<string, () => void>();

beforeAll(async () => {
  const upstream = createServer((req, res) => {
    const path = req.url ?? '';
    if (path.endsWith('/wait')) waiting.set(path, () => res.end('at last'));
    else if (path.endsWith('/events')) res.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: 1\n\n');
    else res.end('ok');
  });
  upstream.listen(0, '127.0.0.1');
  await once(upstream, 'listening');
  onCleanup(() => {
    upstream.closeAllConnections();
    upstream.close();
  });
  shadowFile = join(await tempDir('shadow'), 'next.yaml');
  const upstreams = `upstreams: { u: { targets: [ "http://127.0.0.1:${(upstream.address() as AddressInfo).port}" ] } }`;
  writeFileSync(
    shadowFile,
    `version: 1\n${upstreams}\nroutes: [ { name: next, match: { path: /first/** }, ${rest} } ]\n`,
  );
  gateway = await startGateway({
    // Here it is told.
    args: ['--no-watch', '--shadow', shadowFile],
    yaml: `
${upstreams}
routes:
  - { name: first, match: { path: /first/** }, upstream: u, public: true }
`,
  });
  token = await adminToken(gateway);
  call = await adminClient(gateway, token);
  original = readFileSync(gateway.configFile, 'utf8');
});

/** Writes a file whose one route has another name. */
function write(name: string, further = ''): void {
  writeFileSync(gateway.configFile, `${original.replaceAll('first', name)}${further}`);
}

async function status(path: string): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${gateway.port}${path}`);
  await response.arrayBuffer();
  return response.status;
}

async function wayleaveReload(): Promise<{ exit: number; out: string; err: string }> {
  const env = { WAYLEAVE_SERVER: `http://127.0.0.1:${gateway.adminPort}`, WAYLEAVE_TOKEN: token };
  const io = memoryIo({ env, nowMs: Date.now() });
  const exit = await main(['reload'], io);
  return { exit, out: io.out.join(''), err: io.err.join('') };
}

const metric = async (name: string): Promise<string | undefined> => {
  const text = await (await fetch(`http://127.0.0.1:${gateway.adminPort}/metrics`)).text();
  return text
    .split('\n')
    .find((line) => line.startsWith(name))
    ?.split(' ')
    .at(-1);
};

async function configurationNote(): Promise<{ ok: boolean; detail: string } | undefined> {
  const response = await fetch(`http://127.0.0.1:${gateway.adminPort}/readyz?verbose`);
  const { checks } = (await response.json()) as { checks: { name: string; ok: boolean; detail: string }[] };
  return checks.find(({ name }) => name === 'configuration');
}

it('a shadow file is asked beside, counted, logged where it differs, read again on SIGHUP, and never serves', async () => {
  expect(await status('/first/a')).toBe(200);
  const counted = 'wayleave_shadow_decisions_total{by="file",route="next",result="would_deny"}';
  await expect.poll(() => metric(counted)).toBe('1');
  await expect.poll(() => gateway.log()).toContain('a shadow decides differently');
  const line = gateway
    .log()
    .split('\n')
    .find((text) => text.includes('a shadow decides differently'));
  expect(JSON.parse(line ?? '')).toMatchObject({
    result: 'would_deny',
    path: '/first/a',
    real: { decision: 'allowed', route: 'first' },
    shadow: { decision: 'denied', route: 'next', code: 'token_missing' },
  });
  writeFileSync(shadowFile, readFileSync(shadowFile, 'utf8').replace(rest, 'upstream: u, public: true'));
  process.kill(gateway.pid, 'SIGHUP');
  await expect.poll(() => gateway.log()).toContain('the shadow file was reloaded');
  // The signal is for gateway.yaml as well, which the next test must not change before it has been read.
  await expect.poll(() => call('GET', '/config')).toMatchObject({ last_attempt: { by: 'signal' } });
  expect(await status('/first/a')).toBe(200);
  await expect.poll(() => metric(counted.replace('would_deny', 'same'))).toBe('1');
});

describe('a new gateway.yaml', () => {
  it('comes into force by POST /config/reload, is in every log line and audited in the name of who asked', async () => {
    write('second');
    expect(await metric('wayleave_requests_total{route="first"')).toBeDefined();
    const before = await call('GET', '/config');
    const answer = await call('POST', '/config/reload', {});
    expect(answer).toMatchObject({ changed: true, previous_revision: before['revision'], needs_restart: [] });
    expect([await status('/first/a'), await status('/second/a')]).toEqual([404, 200]);
    const now = await call('GET', '/config');
    expect(now).toMatchObject({
      revision: answer['revision'],
      text: readFileSync(gateway.configFile, 'utf8'),
      variables: ['DATABASE_URL'],
      loaded_by: 'api',
      last_attempt: { failure: null },
    });
    const { items } = (await call('GET', '/audit?action=config.reload')) as { items: Record<string, unknown>[] };
    expect(items[0]).toMatchObject({
      via: 'api',
      token_id: expect.stringMatching(/^tok_/) as string,
      target: { kind: 'configuration', name: gateway.configFile },
      before: { revision: before['revision'] },
      after: { revision: answer['revision'], cause: 'api' },
    });
    await expect
      .poll(async () => (await call('GET', '/nodes'))['items'])
      .toMatchObject([{ revision: answer['revision'] }]);
    expect(await metric(`wayleave_config_info{revision="${String(answer['revision'])}"}`)).toBe('1');
    expect(await metric('wayleave_requests_total{route="first"'), 'nobody counts it any more').toBeUndefined();
    await expect.poll(() => gateway.log()).toContain(`"path":"/second/a"`);
    const line = gateway
      .log()
      .split('\n')
      .find((text) => text.includes('"path":"/second/a"'));
    expect(line).toContain(`"revision":"${String(answer['revision'])}"`);
  });

  it('comes into force by SIGHUP, and is audited as what nobody was named for', async () => {
    write('third');
    process.kill(gateway.pid, 'SIGHUP');
    await expect.poll(() => status('/third/a')).toBe(200);
    await expect
      .poll(async () => (await call('GET', '/audit?action=config.reload'))['items'])
      .toMatchObject([{ via: 'system', user_id: null, after: { cause: 'signal' } }, { via: 'api' }]);
  });

  it('comes into force by `wayleave reload`, which says when there is nothing new', async () => {
    write('fourth');
    const { exit, out, err } = await wayleaveReload();
    expect({ exit, err }).toMatchObject({
      exit: 0,
      err: expect.stringContaining(`runs by revision ${out.trim()} now`) as string,
    });
    expect(await status('/fourth/a')).toBe(200);
    expect(await wayleaveReload()).toMatchObject({ exit: 0, out, err: expect.stringContaining('already') as string });
  });

  it('that is not valid changes nothing, and everybody is told until it is mended', async () => {
    write('fifth', 'surplus: 1\n');
    const { exit, out, err } = await wayleaveReload();
    expect({ exit, out }).toEqual({ exit: 1, out: '' });
    expect(err).toContain('(422 config_invalid)');
    expect(err).toMatch(/gateway\.yaml:\d+:1 unknown-key/);
    expect([await status('/fifth/a'), await status('/fourth/a')]).toEqual([404, 200]);
    expect(await metric('wayleave_config_last_reload_success ')).toBe('0');
    expect(await configurationNote()).toMatchObject({
      ok: false,
      detail: expect.stringContaining('(unknown-key at *)') as string,
    });
    expect(gateway.log()).toContain('gateway.yaml is not taken');
    write('fifth');
    expect((await wayleaveReload()).exit).toBe(0);
    expect(await metric('wayleave_config_last_reload_success ')).toBe('1');
    expect(await configurationNote()).toMatchObject({ ok: true });
  });

  it('names what waits for a restart, and goes on with what it was started with', async () => {
    const wish = { admin: '127.0.0.1:1', dir: './elsewhere' };
    const changed = original.replace('admin: "127.0.0.1:0"', `admin: "${wish.admin}"`).replace('./data', wish.dir);
    writeFileSync(gateway.configFile, changed.replaceAll('first', 'sixth'));
    expect(await call('POST', '/config/reload', {})).toMatchObject({
      changed: true,
      needs_restart: ['listen.admin', 'store.data_dir'],
    });
    expect(await status('/sixth/a')).toBe(200);
    expect(await call('GET', '/config')).toMatchObject({ needs_restart: ['listen.admin', 'store.data_dir'] });
    write('seventh');
    expect(await call('POST', '/config/reload', {})).toMatchObject({ needs_restart: [] });
  });
});

it('a hundred hangups come to few reloads, and a longer stale_for is in the lease that others reckon with', async () => {
  const reloads = async (): Promise<number> => Number(await metric('wayleave_config_reloads_total{result="reloaded"}'));
  const before = await reloads();
  const guarded = original.replaceAll('first', 'flood').replace('public: true', 'authenticated: true');
  writeFileSync(gateway.configFile, `${guarded}cache: { stale_for: 5m }\n`);
  for (let hangup = 0; hangup < 100; hangup++) process.kill(gateway.pid, 'SIGHUP');
  await expect.poll(() => status('/flood/a')).toBe(401);
  expect((await reloads()) - before).toBe(1);
  await expect
    .poll(async () => (await call('GET', '/nodes'))['items'], { timeout: 5000 })
    .toMatchObject([{ stale_for_seconds: 300 }]);
});

it('requests under way finish under the revision they began with; streams that it forbids end', async () => {
  const get = async (path: string) => (await dial(gateway.port)).send(lines(`GET ${path} HTTP/1.1`, 'Host: h'));
  write('eighth');
  await call('POST', '/config/reload', {});
  const [plain, stream] = [await get('/eighth/wait'), await get('/eighth/events')];
  await stream.untilText('data: 1');
  await expect.poll(() => waiting.has('/eighth/wait')).toBe(true);
  write('ninth');
  await call('POST', '/config/reload', {});
  await withinASecond(stream.closed, 'the stream ends');
  waiting.get('/eighth/wait')?.();
  expect(await plain.untilText('at last')).toContain('HTTP/1.1 200 OK');
  expect(await status('/ninth/a')).toBe(200);
});
