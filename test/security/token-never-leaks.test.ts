import { existsSync, readFileSync } from 'node:fs';
import { beforeAll, expect, it, vi } from 'vitest';
import { dumpDatabase } from '../support/database-dump.ts';
import { sendRaw, type Exchanged } from '../support/raw-client.ts';
import { startWorld, type World } from './world.ts';

let world: World;
let answers = '';

beforeAll(async () => {
  world = await startWorld({ namesHosts: false });
  for (const request of busyRun()) {
    const { answers: got, strayBytes } = await sendRaw(world.gateway.port, request);
    answers += JSON.stringify(got.map(({ startLine, headers, body }) => ({ startLine, headers, body }))) + strayBytes;
  }
  for (const [path, init] of adminRun()) {
    const response = await fetch(`http://127.0.0.1:${world.gateway.adminPort}${path}`, init);
    answers += JSON.stringify([...response.headers]) + (await response.text());
  }
  await untilLogged(await sendRaw(world.gateway.port, 'GET /public/last HTTP/1.1\r\nHost: h\r\n\r\n'));
});

/** The line of a request comes after those of the requests before it. */
async function untilLogged({ answers: [answer] }: Exchanged): Promise<void> {
  const [, id = ''] = answer?.headers.find(([name]) => name === 'x-request-id') ?? [];
  await vi.waitUntil(() => world.gateway.log().includes(id), { timeout: 5000 });
}

const usedTokens = ['READ', 'ADMIN', 'REVOKED', 'EXPIRED', 'DISABLED_OWNER'] as const;
const upgrade =
  'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n';

/** Each token where it belongs, and everywhere else that people put tokens. */
function busyRun(): string[] {
  return usedTokens.flatMap((name) => {
    const token: string = world.tokens[name].secret;
    const tail = token.slice('wl_pat_'.length);
    const bearer = `Authorization: Bearer ${token}\r\n`;
    const get = (target: string, fields = ''): string => `GET ${target} HTTP/1.1\r\nHost: h\r\n${fields}\r\n`;
    return [
      ...['/api/a', '/admin-area/a', '/public/a', '/nothing', '/.wayleave/whoami', '/.wayleave/nothing'].map((target) =>
        get(target, bearer),
      ),
      ...['/api/a', '/admin-area/a', '/public/a', '/nothing'].map((target) => get(`${target}/${token}`, bearer)),
      ...[
        `/api/${token}`,
        `/${token}/x`,
        `/public/../${token}`,
        `/wl%5fpat%5f${tail}`,
        `/wl_%70at_${tail}`,
        `/public/%/wl_%70at_${tail}`,
        `/api//${token}`,
      ].map((target) => get(target)),
      ...[`/api/a?access_token=${token}`, `/nothing?token=${token}`, `/api/a?${token}`].flatMap((target) => [
        get(target),
        get(target, bearer),
      ]),
      ...[
        `Basic ${token}`,
        token,
        `Bearer ${token}x`,
        `Bearer ${token.slice(0, -1)}`,
        `Bearer ${token}\u0000`,
        `Bearer  ${token}`,
        `Bearer ${token},${token}`,
      ].map((value) => get('/api/a', `Authorization: ${value}\r\n`)),
      ...[
        'Cookie',
        'X-Api-Key',
        'Referer',
        'User-Agent',
        'X-Request-Id',
        'traceparent',
        'X-Forwarded-For',
        'Proxy-Authorization',
        'Connection',
        'Upgrade',
        'Origin',
      ].map((field) => get('/api/a', `${field}: ${token}\r\n`)),
      get('/api/a', bearer + bearer),
      get('/api/a', `${bearer}Expect: ${token}\r\n`),
      get('/ws/echo', bearer + upgrade),
      get('/ws/refused', bearer + upgrade),
      get('/admin-area/echo', bearer + upgrade),
      get('/ws/echo', `${upgrade}Sec-WebSocket-Protocol: ${token}\r\n`),
      `GET /api/a HTTP/1.1\r\nHost: ${token}\r\n\r\n`,
      `${token} /api/a HTTP/1.1\r\nHost: h\r\n\r\n`,
      `GET /api/a HTTP/1.1\r\nHost: h\r\n${token}: x\r\n\r\n`,
      `GET /api/a HTTP/1.1\r\nHost: h\r\n${token} x\r\n\r\n`,
      `POST /api/a HTTP/1.1\r\nHost: h\r\n${bearer}Transfer-Encoding: chunked\r\n\r\n${token}\r\n`,
      `POST /api/a HTTP/1.1\r\nHost: h\r\n${bearer}Content-Length: ${token}\r\n\r\n`,
      `POST /api/a HTTP/1.1\r\nHost: h\r\n${bearer}Transfer-Encoding: ${token}\r\n\r\n`,
      `CONNECT ${token}:1 HTTP/1.1\r\nHost: h\r\n\r\n`,
      token,
    ];
  });
}

function adminRun(): [path: string, init: RequestInit][] {
  return usedTokens.flatMap((name): [string, RequestInit][] => {
    const token = world.tokens[name].secret;
    const headers = { authorization: `Bearer ${token}` };
    const json = { ...headers, 'content-type': 'application/json' };
    return [
      ['/api/v1/tokens', { headers }],
      [`/api/v1/tokens/${token}`, { headers }],
      [`/api/v1/organizations/${token}`, { headers }],
      [`/api/v1/tokens?search=${token}`, { headers }],
      [`/api/v1/tokens?state=${token}`, { headers }],
      [`/api/v1/${token}`, {}],
      [`/${token}`, {}],
      ['/api/v1/tokens', { headers: { authorization: `Basic ${token}` } }],
      ['/api/v1/tokens', { headers: { cookie: `wayleave_console=${token}` } }],
      ['/api/v1/tokens', { method: 'POST', headers: json, body: JSON.stringify({ name: 'a', scopes: [token] }) }],
      ['/api/v1/tokens', { method: 'POST', headers: json, body: JSON.stringify({ [token]: token }) }],
      ['/api/v1/tokens', { method: 'POST', headers: json, body: `{"name":${token}` }],
    ];
  });
}

/** The spellings in which somebody could find a token again. */
function spellings(token: string): string[] {
  const bytes = Buffer.from(token);
  return [token, token.slice('wl_pat_'.length), bytes.toString('hex'), bytes.toString('base64').replace(/=+$/, '')];
}

const places: Record<string, () => string | Promise<string>> = {
  'the log': () => world.gateway.log(),
  'the answers': () => answers,
  'the metrics': async () => (await fetch(`http://127.0.0.1:${world.gateway.adminPort}/metrics`)).text(),
  'the database': () => dumpDatabase(world.gateway.databaseUrl),
  'the arguments of the process': () => ofProcess('cmdline'),
  'the environment of the process': () => ofProcess('environ'),
};

/** Empty where the system does not show it. */
function ofProcess(name: string): string {
  const file = `/proc/${world.gateway.pid}/${name}`;
  return existsSync(file) ? readFileSync(file, 'latin1') : '';
}

it.each(Object.entries(places))('after a busy run no token is found in %s', async (_, read) => {
  const text = await read();
  for (const name of usedTokens) {
    for (const spelling of spellings(world.tokens[name].secret)) {
      const at = text.indexOf(spelling);
      expect(at === -1 ? '' : text.slice(Math.max(0, at - 200), at + 100)).toBe('');
    }
  }
});

it('the run was busy, and what it left behind can be searched', async () => {
  expect(world.gateway.log().split('"msg":"request"').length).toBeGreaterThan(usedTokens.length * 30);
  expect(await places['the database']?.()).toContain(world.tokens.READ.hash);
  for (const status of [200, 101, 400, 401, 403, 404]) expect(answers).toContain(`HTTP/1.1 ${status} `);
});
