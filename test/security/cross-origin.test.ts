import { beforeAll, beforeEach, describe, expect, it, test } from 'vitest';
import { makeTokens } from '../support/gateway-tokens.ts';
import { startGateway, type RunningGateway } from '../support/gateway.ts';
import { sendRaw, type RawAnswer } from '../support/raw-client.ts';
import { startRecordingUpstream, type RecordingUpstream } from '../support/recording-upstream.ts';

const app = 'https://app.example.com';

let gateway: RunningGateway;
let upstream: RecordingUpstream;
let token: string;
beforeAll(async () => {
  upstream = await startRecordingUpstream();
  gateway = await startGateway({
    yaml: `
scopes: { read: Read, admin: Administer }
projects: { fixture: { name: Fixture, roles: { reader: [read] } } }
upstreams: { upstream: { targets: ["${upstream.origin}"] } }
routes:
  - { name: open, match: { path: "/open/**" }, upstream: upstream, scopes: read, expose_to_browser: { origins: ["${app}", "https://*.example.org"] } }
  - { name: open-admin, match: { path: "/open/admin/**" }, upstream: upstream, scopes: admin }
  - { name: closed, match: { path: "/closed/**" }, upstream: upstream, scopes: read }
`,
  });
  const { READ } = await makeTokens(gateway, 'fixture/reader', { READ: { scopes: ['read'] } });
  token = READ.secret;
});
beforeEach(async () => {
  await upstream.take();
});

async function send(line: string, fields: readonly string[], body = ''): Promise<readonly RawAnswer[]> {
  const text = `${[`${line} HTTP/1.1`, 'Host: h', ...fields].join('\r\n')}\r\n\r\n${body}`;
  return (await sendRaw(gateway.port, text)).answers;
}

async function preflight(
  path: string,
  origins: readonly string[],
  ...fields: string[]
): Promise<RawAnswer | undefined> {
  const asked = ['Access-Control-Request-Method: GET', ...origins.map((origin) => `Origin: ${origin}`), ...fields];
  return (await send(`OPTIONS ${path}`, asked))[0];
}

function cors(answer: RawAnswer | undefined): string[] {
  return (answer?.headers ?? []).filter(([name]) => /^access-control-/i.test(name)).map(([name]) => name);
}

describe.each([
  ['no origin', ['null']],
  ['a name that ends alike', ['https://evilapp.example.com']],
  ['a name that begins alike', ['https://app.example.com.evil.com']],
  ['a name below that ends alike', ['https://evilexample.org']],
  ['the name above', ['https://example.org']],
  ['another case', ['https://APP.example.com']],
  ['another port', ['https://app.example.com:8443']],
  ['the usual port', ['https://app.example.com:443']],
  ['another scheme', ['http://app.example.com']],
  ['a path', ['https://evil.com/.example.org']],
  ['a user', ['https://x@evil.com#.example.org']],
  ['two fields', [app, 'https://evil.example']],
  ['one field twice', [app, app]],
  ['a list', [`${app}, https://evil.example`]],
])('an origin that is not listed: %s', (_, origins) => {
  it('is granted no pre-flight', async () => {
    const answer = await preflight('/open/x', origins);
    expect([answer?.status, JSON.parse(answer?.body ?? '{}'), cors(answer)]).toMatchObject([
      403,
      { code: 'origin_denied' },
      [],
    ]);
  });

  it('reads no answer, neither of the upstream nor of the gateway', async () => {
    const fields = origins.map((origin) => `Origin: ${origin}`);
    const [passed] = await send('GET /open/x', [...fields, `Authorization: Bearer ${token}`]);
    const [refused] = await send('GET /open/x', fields);
    expect([passed?.status, refused?.status, cors(passed), cors(refused)]).toEqual([200, 401, [], []]);
  });
});

test('a pre-flight tells nothing of routes that are not exposed, and of no token', async () => {
  for (const path of ['/closed/x', '/open/admin/x', '/open/ADMIN/../admin/x', '/nothing']) {
    const [bare] = await send(`OPTIONS ${path}`, []);
    for (const fields of [[], [`Authorization: Bearer ${token}x`]]) {
      const asked = await preflight(path, [app], ...fields);
      expect([asked?.status, cors(asked)]).not.toContain(204);
      if (fields.length === 0) expect(asked?.status).toBe(bare?.status);
    }
  }
  const [good, wrong] = [
    await preflight('/open/x', [app], `Authorization: Bearer ${token}`),
    await preflight('/open/x', [app], `Authorization: Bearer ${token}x`),
  ];
  const rest = (answer: RawAnswer | undefined) =>
    answer?.headers.filter(([name]) => !/^(?:x-request-id|date)$/i.test(name));
  expect([good?.status, rest(good)]).toEqual([204, rest(wrong)]);
  expect((await upstream.take()).requests).toEqual([]);
});

test('what is asked for cannot write header lines or name what only the gateway says', async () => {
  const names =
    'x-good, x-bad: 1, x\u0085y, "q", x-auth-user, x_auth_org, x-forwarded-for, x-wayleave-error, forwarded';
  const answer = await preflight('/open/x', [app], `Access-Control-Request-Headers: ${names}`);
  expect(answer?.headers.filter(([name]) => /allow-headers/i.test(name)).map(([, value]) => value)).toEqual(['x-good']);
  const many = Array.from({ length: 900 }, (_, at) => `x-${at}`).join(',');
  const bounded = await preflight('/open/x', [app], `Access-Control-Request-Headers: ${many}`);
  const [allowed = ''] = (bounded?.headers ?? [])
    .filter(([name]) => /allow-headers/i.test(name))
    .map(([, value]) => value);
  expect(allowed.split(', ')).toHaveLength(100);
});

test('a pre-flight with a body is none: it is judged as any request, and nothing in it becomes another', async () => {
  const inner = 'GET /open/inner HTTP/1.1\r\nHost: h\r\n\r\n';
  const asked = [`Origin: ${app}`, 'Access-Control-Request-Method: GET'];
  const chunked = `${inner.length.toString(16)}\r\n${inner}\r\n0\r\n\r\n`;
  for (const [field, body] of [
    [`Content-Length: ${inner.length}`, inner],
    ['Transfer-Encoding: chunked', chunked],
  ] as const) {
    const answers = await send('OPTIONS /open/x', [...asked, field], body);
    expect(answers.map(({ status }) => status)).toEqual([401]);
  }
  expect((await upstream.take()).requests).toEqual([]);
});

test('an answer that is given to one page cannot be kept for another: all of them vary by origin', async () => {
  const bearer = `Authorization: Bearer ${token}`;
  for (const fields of [
    [bearer],
    [bearer, `Origin: ${app}`],
    [bearer, 'Origin: https://evil.example'],
    [`Origin: ${app}`],
  ]) {
    const [answer] = await send('GET /open/x', fields);
    const vary = answer?.headers.filter(([name]) => /^vary$/i.test(name)).map(([, value]) => value) ?? [];
    expect(vary.join()).toMatch(/\borigin\b/i);
  }
});

test('no answer ever allows credentials, which a page could send without its user', async () => {
  const bearer = `Authorization: Bearer ${token}`;
  for (const answer of [
    await preflight('/open/x', [app]),
    (await send('GET /open/x', [bearer, `Origin: ${app}`]))[0],
  ]) {
    expect(cors(answer)).toContain('access-control-allow-origin');
    expect(cors(answer)).not.toContain('access-control-allow-credentials');
  }
});

test('pre-flights are logged and counted as what they are', async () => {
  await preflight('/open/logged', [app]);
  await preflight('/open/logged', ['https://evil.example"}\u00e9']);
  await expect.poll(() => gateway.log().match(/\{[^\n]*"path":"\/open\/logged"[^\n]*/g)).toHaveLength(2);
  const logged = (gateway.log().match(/\{[^\n]*"path":"\/open\/logged"[^\n]*/g) ?? []).map(
    (line) => JSON.parse(line) as unknown,
  );
  expect(logged).toMatchObject([
    { method: 'OPTIONS', status: 204, route: 'open', decision: 'allowed', preflight: 'GET', origin: app },
    {
      method: 'OPTIONS',
      status: 403,
      reason: 'origin_denied',
      preflight: 'GET',
      origin: 'https://evil.example"}\u00e9',
    },
  ]);
  const metrics = await (await fetch(`http://127.0.0.1:${gateway.adminPort}/metrics`)).text();
  expect(metrics).toMatch(/^wayleave_preflights_total\{route="open",result="granted"\} [1-9]/m);
  expect(metrics).toMatch(/^wayleave_preflights_total\{route="open",result="origin_denied"\} [1-9]/m);
});
