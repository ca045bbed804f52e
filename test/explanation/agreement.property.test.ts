import { once } from 'node:events';
import { Agent, request as send, type IncomingMessage } from 'node:http';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { GatewayConfig } from '../../src/config/compiled.ts';
import { readEnvironment } from '../../src/config/environment.ts';
import { parseConfig } from '../../src/config/load.ts';
import type { ExplanationDocument } from '../../src/core/explanation.ts';
import type { TokenRecord } from '../../src/core/token-record.ts';
import { hashToken, mintToken } from '../../src/core/token.ts';
import { explainRequest } from '../../src/explanation/explain-request.ts';
import { explanationDocument } from '../../src/explanation/explanation-document.ts';
import { RunningExplanations } from '../../src/explanation/running-explanations.ts';
import { bearerAuthentication } from '../../src/gateway/authenticate.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { openWorld } from '../admin-api/support/world.ts';
import type { AdminClient } from '../admin-api/support/client.ts';
import { count } from '../support/counts.ts';
import { startDataPlane, type DataPlane } from '../support/data-plane.ts';
import { recordFixture } from '../support/record-fixture.ts';
import { startRecordingUpstream } from '../support/recording-upstream.ts';

// What the command says from the file, what a running gateway says and what a request gets must be one and the same.

const hosts = ['api.example.com', 'www.example.com', 'other.test'];
const methods = ['GET', 'HEAD', 'POST', 'DELETE'];
const odd = ['%61', 'a;x', 'a%2Fb', '.', '..', '%2e', '', 'a%25', 'B', '%zz', 'a?q=1&access_token=2'];

const path = fc
  .array(
    fc.oneof({ weight: 12, arbitrary: fc.constantFrom('a', 'b') }, { weight: 1, arbitrary: fc.constantFrom(...odd) }),
    { maxLength: 3 },
  )
  .map((parts) => `/${parts.join('/')}`)
  .filter((text) => !text.slice(1).includes('?') || text.indexOf('?') === text.lastIndexOf('?'));

const scope = fc.constantFrom('s:read', 's:write', 't:read');
const need = fc.oneof(
  scope.map((one) => JSON.stringify(one)),
  fc.uniqueArray(scope, { minLength: 1, maxLength: 2 }).map((all) => JSON.stringify({ any: all })),
  fc.tuple(scope, scope).map(([one, other]) => JSON.stringify({ GET: one, '*': other })),
  scope.map((one) => JSON.stringify({ POST: one })),
);
const access = fc.oneof(
  { weight: 1, arbitrary: fc.constant('public: true') },
  { weight: 1, arbitrary: fc.constant('authenticated: true') },
  { weight: 4, arbitrary: need.map((scopes) => `scopes: ${scopes}`) },
);
const route = fc
  .record({
    path: fc
      .tuple(fc.array(fc.constantFrom('a', 'b', '*'), { maxLength: 3 }), fc.constantFrom('', '/**', '/:last'))
      .map(([parts, end]) => `/${parts.join('/')}${parts.length === 0 ? end.slice(1) : end}`),
    hosts: fc.option(fc.constantFrom('api.example.com', '*.example.com'), { nil: undefined }),
    methods: fc.option(fc.uniqueArray(fc.constantFrom(...methods), { minLength: 1 }), { nil: undefined }),
    access,
    rest: fc.uniqueArray(
      fc.constantFrom(
        'kinds: [human]',
        'kinds: [service]',
        'organizations: [acme]',
        'allow_semicolons: true',
        'allow_encoded_slashes: true',
        'strip_prefix: /a',
      ),
      { maxLength: 2, selector: (text) => text.split(':', 1)[0] },
    ),
  })
  .map(({ path: pattern, hosts: host, methods: named, access: who, rest }) => {
    const match = [
      `path: ${JSON.stringify(pattern)}`,
      ...(host === undefined ? [] : [`hosts: [${JSON.stringify(host)}]`]),
      ...(named === undefined ? [] : [`methods: [${named.join(', ')}]`]),
    ];
    const open = who.startsWith('public') ? rest.filter((text) => !/^(?:kinds|organizations)/.test(text)) : rest;
    const strip = pattern.startsWith('/a') ? open : open.filter((text) => !text.startsWith('strip'));
    return [`match: { ${match.join(', ')} }`, 'upstream: u', who, ...strip].join('\n    ');
  });

function configOf(routes: readonly string[]): GatewayConfig | undefined {
  const text = `version: 1
scopes: { "s:read": Read, "s:write": Write, "t:read": Read }
projects: { p: { name: P, roles: { reader: ["s:read", "t:read"], writer: ["s:*"] } } }
identity: { assertion: { enabled: false } }
upstreams: { u: { targets: ["${upstreamOrigin}"] } }
routes:
${routes.map((one, at) => `  - name: r${at}\n    ${one}`).join('\n')}
`;
  const outcome = parseConfig(text, 'gateway.yaml', readEnvironment({}));
  return outcome.kind === 'ok' ? outcome.config : undefined;
}

let plane: DataPlane;
let client: AdminClient;
let upstreamOrigin = '';
const records = new Map<string, TokenRecord>();
const tokens: (string | undefined)[] = [
  undefined,
  'junk',
  `wl_pat_${'0'.repeat(46)}`,
  mintToken('wl', 'pat'),
  mintToken('wl', 'asu'),
];
const agent = new Agent({ keepAlive: true });

beforeAll(async () => {
  const upstream = await startRecordingUpstream();
  upstreamOrigin = upstream.origin;
  plane = await startDataPlane({ targets: [upstream.origin] });
  const all = ['s:read', 's:write', 't:read'];
  const past = systemClock.now() - 1000;
  const { owner } = recordFixture({}, ['p/reader']);
  const kinds: (readonly [Partial<TokenRecord>, readonly string[]])[] = [
    [{ scopes: all }, ['p/reader', 'p/writer']],
    [{ scopes: all }, ['p/reader']],
    [{ scopes: ['s:read'] }, ['p/writer']],
    [{ scopes: [] }, ['p/reader']],
    [{ scopes: all, owner: { ...owner, kind: 'service' } }, []],
    [{ scopes: all, owner: { ...owner, organization: { id: 'org_2', slug: 'globex', status: 'active' } } }, []],
    [{ scopes: all, expiresAt: past }, ['p/reader']],
    [{ scopes: all, revoked: true }, ['p/reader']],
    [{ scopes: all, disabled: true }, ['p/reader']],
    [{ scopes: all, owner: { ...owner, status: 'disabled' } }, []],
    [{ scopes: all, allowedIps: ['203.0.113.0/24'] }, ['p/reader']],
  ];
  for (const [at, [given, roles]] of kinds.entries()) {
    const complete = { id: `tok_${at}`, issuedAt: past, ...given };
    const token = plane.issue(complete, roles);
    records.set(hashToken(token), recordFixture(complete, roles));
    tokens.push(token);
  }
  const explanations = new RunningExplanations({
    rules: () => plane.runtime(),
    clock: systemClock,
    nodes: { find: () => Promise.resolve({ kind: 'unknown', nodes: [] }) },
  });
  const world = await openWorld({ explanations });
  const asking = await world.people.holder('platform', ['wayleave/platform-admin'], ['wayleave:platform']);
  client = world.client(asking.secret);
}, 60_000);

afterAll(() => agent.destroy());

interface Triple {
  readonly method: string;
  readonly target: string;
  readonly host: string;
  readonly token: string | undefined;
}

async function fromTheFile(config: GatewayConfig, question: Triple): Promise<ExplanationDocument> {
  const { prefix, acceptPrefixes } = config.tokens;
  const authenticate = bearerAuthentication({
    lookup: {
      find: (hash) => {
        const record = records.get(hash);
        return record === undefined ? { kind: 'absent' } : { kind: 'found', record, source: 'postgres' };
      },
    },
    clock: systemClock,
    prefixes: [prefix, ...acceptPrefixes],
    roleScopes: config.roleScopes,
    policy: config.tokenPolicy,
  });
  return explanationDocument(await explainRequest({ config, authenticate }, question), config);
}

async function fromTheGateway({ method, target, host, token }: Triple): Promise<ExplanationDocument> {
  const body = { method, path: target, host, ...(token !== undefined && { token }) };
  const answer = await client.post('/api/v1/explain', body);
  if (answer.status !== 200) throw new Error(`explain answers ${answer.status}: ${JSON.stringify(answer.body)}`);
  return answer.body as unknown as ExplanationDocument;
}

async function real({ method, target, host, token }: Triple) {
  const headers = { host, ...(token !== undefined && { authorization: `Bearer ${token}` }) };
  const outgoing = send({ port: plane.port, method, path: target, headers, agent }).end();
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
  let text = '';
  for await (const chunk of response.setEncoding('utf8') as AsyncIterable<string>) text += chunk;
  const code = response.headers['x-wayleave-error'];
  return {
    status: response.statusCode,
    code,
    body: code === undefined || text === '' ? undefined : (JSON.parse(text) as Problem),
  };
}

interface Problem {
  readonly detail: string;
  readonly route?: string;
  readonly missing_scopes?: readonly string[];
}

/** What two explanations of one thing share: how old a record is depends on who looked it up, and files have names. */
function shared({ steps, revision: _, ...document }: ExplanationDocument) {
  return {
    ...document,
    steps: steps.map((step) =>
      step.stage === 'auth' ? { ...step, lines: step.lines.slice(0, step.decides ? 1 : 0) } : step,
    ),
  };
}

test('the explanation from the file, that of a running gateway and the real answer are the same', async () => {
  const triples = fc.array(
    fc.record({
      method: fc.constantFrom(...methods),
      target: path,
      host: fc.constantFrom(...hosts),
      token: fc.nat(tokens.length + 10).map((at) => tokens[at < tokens.length ? at : 5 + (at % 3)]),
    }),
    { minLength: 20, maxLength: 20 },
  );
  const seen = new Map<string, number>();
  let asked = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(route, { minLength: 3, maxLength: 6 }), triples, async (routes, questions) => {
      const config = configOf(routes);
      fc.pre(config !== undefined);
      plane.reload({
        routes: config.routes,
        config: { roleScopes: config.roleScopes },
      });
      for (const question of questions) {
        const [file, gateway, answer] = await Promise.all([
          fromTheFile(config, question),
          fromTheGateway(question),
          real(question),
        ]);
        asked++;
        seen.set(answer.code?.toString() ?? 'passed', (seen.get(answer.code?.toString() ?? 'passed') ?? 0) + 1);
        expect(shared(gateway)).toEqual(shared(file));
        expect({
          question,
          code: answer.code ?? null,
          status: answer.code === undefined ? null : answer.status,
        }).toEqual({
          question,
          code: file.code,
          status: file.status,
        });
        if (answer.body === undefined) continue;
        expect(answer.body.missing_scopes ?? []).toEqual(file.missing_scopes);
        expect(answer.body.route ?? null).toBe(file.route?.name ?? null);
        expect(answer.body.detail.slice(1)).toContain((file.detail ?? '').slice(1).replace(/\.$/, ''));
      }
    }),
    { numRuns: count(25, 500) },
  );
  expect(asked).toBeGreaterThanOrEqual(count(500, 10_000));
  const usual = [
    'passed',
    'no_route',
    'path_ambiguous',
    'token_missing',
    'token_invalid',
    'insufficient_scope',
    'method_not_allowed',
  ];
  expect({ seen: [...seen], missing: usual.filter((code) => !seen.has(code)) }).toMatchObject({ missing: [] });
}, 600_000);
