import { readFileSync, writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { main } from '../../src/commands/main.ts';
import { memoryIo } from '../commands/memory-io.ts';
import { startGateway, type RunningGateway } from '../support/gateway.ts';
import { openGatewaySession, type GatewaySession } from '../support/gateway-session.ts';
import { adminToken, makeTokens, type FixtureToken } from '../support/gateway-tokens.ts';
import { startRecordingUpstream } from '../support/recording-upstream.ts';

let gateway: RunningGateway;
let admin: string;
let tokens: Record<'reader' | 'writer', FixtureToken>;
let session: GatewaySession;
/** The file as it was at the start. */
let original: string;

beforeAll(async () => {
  const upstream = await startRecordingUpstream();
  gateway = await startGateway({
    args: ['--no-watch'],
    yaml: `
scopes: { item:read: Read, item:write: Write }
projects: { shop: { name: Shop, roles: { editor: ['item:*'] } } }
upstreams: { u: { targets: [ "${upstream.origin}" ] } }
routes:
  - { name: items, match: { path: /items/** }, upstream: u, scopes: { GET: item:read, '*': item:write } }
  - { name: status, match: { path: /status, methods: [GET] }, upstream: u, public: true }
  - { name: carts, match: { path: /carts/**, methods: [GET, POST] }, upstream: u, scopes: item:write }
`,
  });
  original = readFileSync(gateway.configFile, 'utf8');
  tokens = await makeTokens(gateway, 'shop/editor', {
    reader: { scopes: ['item:read'] },
    writer: { scopes: ['item:read', 'item:write'] },
  });
  admin = await adminToken(gateway);
  for (const id of [1, 2, 3]) await send('GET', `/items/${id}?secret=hunter2`, tokens.reader.secret);
  await send('POST', '/items/7', tokens.reader.secret);
  await send('POST', '/items/7', tokens.writer.secret);
  await send('GET', '/status');
  await send('GET', '/nowhere');
  session = await openGatewaySession(gateway, 'shop/editor', 'item:write');
  for (const id of [1, 2]) await send('POST', `/carts/${id}`, session.secret);
  await send('DELETE', '/carts/1', session.secret);
}, 60_000);

/** Beside the one that the gateway runs. */
const next = (): string => `${gateway.configFile}.next`;

async function send(method: string, path: string, token?: string): Promise<number> {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const response = await fetch(`http://127.0.0.1:${gateway.port}${path}`, { method, headers });
  await response.arrayBuffer();
  return response.status;
}

async function wayleave(...args: string[]) {
  const env = {
    WAYLEAVE_SERVER: `http://127.0.0.1:${gateway.adminPort}`,
    WAYLEAVE_TOKEN: admin,
    DATABASE_URL: gateway.databaseUrl,
  };
  const io = memoryIo({ env, nowMs: Date.now() });
  const exit = await main(args, io);
  return { exit, out: io.out.join(''), err: io.err.join('') };
}

/** Writes a file that is to come, with a change; what it replaces must be there. */
function write(from: string, to: string, file = next()): void {
  expect(original).toContain(from);
  writeFileSync(file, original.replace(from, to));
}

interface Flips {
  readonly replay: {
    readonly requests: number;
    readonly covered_from: string;
    readonly flips: readonly Record<string, unknown>[];
  };
}

async function flips(): Promise<Flips['replay']> {
  const { out } = await wayleave('diff', next(), '--replay', '24h', '--json');
  return (JSON.parse(out) as Flips).replay;
}

describe('what was decided is decided again under the file that is to come', () => {
  it('the same file flips nothing, and ends with 0', async () => {
    writeFileSync(next(), original);
    const { exit, out } = await wayleave('diff', next(), '--replay', '24h');
    expect({ exit, out }).toEqual({
      exit: 0,
      out: expect.stringMatching(
        /^replay of 24h: covers 1 h, from .* UTC: 10 requests of \d kinds\nnone comes out otherwise\n$/,
      ) as unknown,
    });
  });

  it('an allowed request that would be denied is listed with its count, token and owner', async () => {
    write('GET: item:read', 'GET: item:write');
    const { flips: found } = await flips();
    expect(found).toEqual([
      {
        requests: 3,
        method: 'GET',
        host: '127.0.0.1',
        path: '/items/*',
        token: { id: tokens.reader.tokenId, name: 'reader' },
        owner: 'reader@acme',
        actor: null,
        before: { outcome: 'allowed', route: 'items' },
        after: { outcome: 'insufficient_scope', route: 'items' },
      },
    ]);
    const { exit, out } = await wayleave('diff', next(), '--replay', '24h');
    expect(exit).toBe(2);
    expect(out).toContain('route "items" changed');
    expect(out).toMatch(
      /allow -> deny +3 +GET +127\.0\.0\.1\/items\/\* +reader \(tok_\w+\) +reader@acme +allowed by "items"/,
    );
  });

  it('so is a denied one that would be allowed, also where no token was sent', async () => {
    write(
      "'*': item:write } }",
      "'*': item:read } }\n  - { name: new, match: { path: /nowhere, methods: [GET] }, upstream: u, public: true }",
    );
    const { flips: found } = await flips();
    expect(found).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          method: 'POST',
          after: { outcome: 'allowed', route: 'items' },
          requests: 1,
          owner: 'reader@acme',
        }),
        expect.objectContaining({
          path: '/nowhere',
          token: null,
          before: { outcome: 'no_route', route: null },
          after: { outcome: 'allowed', route: 'new' },
        }),
      ]),
    );
    expect(found).toHaveLength(2);
  });

  it('a role that gives less flips what it let through', async () => {
    write("editor: ['item:*']", "editor: ['item:read']");
    const { flips: found } = await flips();
    expect(found).toMatchObject([
      { path: '/carts/*', owner: 'assumed@customers', after: { outcome: 'insufficient_scope' } },
      { path: '/items/*', owner: 'writer@acme', after: { outcome: 'insufficient_scope' } },
    ]);
  });

  it('a more specific route for a host that was in use flips what comes to that host', async () => {
    write(
      '  - { name: status',
      "  - { name: mine, match: { path: /else, hosts: ['127.0.0.1'], methods: [GET] }, upstream: u, public: true }\n  - { name: status",
    );
    const { flips: found } = await flips();
    expect(new Set(found.map(({ path }) => path))).toEqual(new Set(['/items/*', '/status', '/carts/*']));
  });

  it.each([
    ['a route that lets no assumed user in', 'assumed: deny', 'assumed_denied'],
    ['a route where they only read', 'assumed: read_only', 'assumed_read_only'],
    ['a route for people alone', 'kinds: [human]', 'kind_denied'],
  ])('%s flips what was done as another user, with who did it', async (_, rule, outcome) => {
    write('scopes: item:write }', `scopes: item:write, ${rule} }`);
    const { flips: found } = await flips();
    expect(found).toEqual([
      {
        requests: 2,
        method: 'POST',
        host: '127.0.0.1',
        path: '/carts/*',
        token: { id: expect.stringMatching(/^ase_/) as string, name: expect.any(String) as string },
        owner: 'assumed@customers',
        actor: 'impersonator@helpers',
        before: { outcome: 'allowed', route: 'carts' },
        after: { outcome, route: 'carts' },
      },
    ]);
    const { out } = await wayleave('diff', next(), '--replay', '24h');
    expect(out).toMatch(
      /POST +127\.0\.0\.1\/carts\/\* +session ase_\w+ +assumed@customers, assumed by impersonator@helpers/,
    );
  });

  it('a session_max that no session had outlasted flips nothing', async () => {
    write('version: 1', 'version: 1\nassume: { session_max: 2h }');
    expect(await flips()).toMatchObject({ flips: [] });
  });

  it('nothing that was sent is told but shapes: no id, no query', async () => {
    const { out } = await wayleave('diff', next(), '--replay', '24h', '--json');
    expect(out).not.toMatch(/hunter2|items\/\d/);
  });
});

describe('reload --max-flips', () => {
  it('refuses a file that flips more, names the worst, and leaves the old one in force', async () => {
    write('GET: item:read', 'GET: item:write', gateway.configFile);
    const { exit, err } = await wayleave('reload', '--max-flips', '2');
    expect(exit).toBe(1);
    expect(err).toContain('3 of the requests of the last 24h would come out otherwise, and at most 2 may');
    expect(err).toContain('GET 127.0.0.1/items/* of "reader" (reader): allowed, would be insufficient_scope');
    expect(await send('GET', '/items/1', tokens.reader.secret)).toBe(200);
  });

  it('takes one that flips no more than that', async () => {
    write('name: status', 'name: state', gateway.configFile);
    expect(await wayleave('reload', '--max-flips', '0', '--replay', '1h')).toMatchObject({ exit: 0 });
  });

  it.each([
    ['--max-flips', '-1'],
    ['--max-flips', 'x'],
    ['--replay', '24h'],
    ['--max-flips', '1', '--replay', '99d'],
  ])('makes no sense of %s %s %s %s', async (...args) => {
    expect(await wayleave('reload', ...args.filter((arg) => arg !== undefined))).toMatchObject({ exit: 1 });
  });
});
