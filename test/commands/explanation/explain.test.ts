import { describe, expect, it } from 'vitest';
import { readEnvironment } from '../../../src/config/environment.ts';
import { parseConfig } from '../../../src/config/load.ts';
import type { GatewayConfig } from '../../../src/config/compiled.ts';
import { explainRequest } from '../../../src/explanation/explain-request.ts';
import { hypotheticalUser, noToken, tokenOfUser } from '../../../src/explanation/hypothetical.ts';
import { explanationDocument } from '../../../src/explanation/explanation-document.ts';
import { renderExplanation } from '../../../src/commands/explanation/render.ts';
import { StoreUnavailable } from '../../../src/core/store-unavailable.ts';
import type { Authenticate } from '../../../src/gateway/authenticate.ts';

const yaml = `version: 1
scopes:
  device:read: Read devices
  device:write: Change devices
  report:read: Read reports
projects:
  analytics:
    name: Analytics
    roles:
      viewer: [ "device:read" ]
      admin: [ "device:*" ]
upstreams:
  inventory:
    targets: [ http://127.0.0.1:9000 ]
routes:
  - name: devices
    match: { path: /api/devices/** }
    upstream: inventory
    strip_prefix: /api
    scopes: { GET: device:read, POST: device:write }
  - name: everything
    match: { path: /** }
    upstream: inventory
    authenticated: true
  - name: status
    match: { path: /status }
    upstream: inventory
    public: true
  - name: machines
    match: { path: /machines }
    upstream: inventory
    authenticated: true
    kinds: [ service ]
  - name: reports
    match: { hosts: [ reports.example.com ], path: /reports }
    upstream: inventory
    scopes: { any: [ device:read, report:read ] }
`;

function load(text: string): GatewayConfig {
  const outcome = parseConfig(text, 'gateway.yaml', readEnvironment({}));
  if (outcome.kind === 'invalid') throw new Error(JSON.stringify(outcome.problems, null, 2));
  return outcome.config;
}

const config = load(yaml);

async function explain(request: string, authenticate: Authenticate = noToken, host = 'localhost'): Promise<string> {
  const [method = '', target = ''] = request.split(' ');
  const explanation = await explainRequest({ config, authenticate }, { method, target, host });
  return renderExplanation(explanationDocument(explanation, config), false).replace(config.revision, 'REVISION');
}

function withScopes(...scopes: string[]): Authenticate {
  return hypotheticalUser(scopes, 'human', 'acme');
}

describe('explain', () => {
  it('shows what lets a request pass, and what the upstream gets', async () => {
    expect(await explain('GET /api/devices/42?x=1', withScopes('device:read'))).toBe(
      [
        'ALLOW                                 rev REVISION  gateway.yaml',
        ' 1 path      /api/devices/42  as it was sent',
        ' 2 match     GET /api/devices/42  ->  route "devices"  line 16  (beats "everything" line 21)',
        '               "everything" line 21 is less specific: ** where "devices" has "api" (segment 1)',
        ' 3 auth      token tok_hypothetical (pat, organisation acme) is valid, has no end',
        ' 4 identity  subject hypothetical (human), nobody is assumed, roles none',
        ' 5 access    need device:read   have device:read',
        ' 6 headers   identity by the preset wayleave, Authorization taken away',
        '               X-Auth-User: usr_hypothetical',
        '               X-Auth-Username: hypothetical',
        '               X-Auth-Kind: human',
        '               X-Auth-Org: acme',
        '               X-Auth-Org-Slug: acme',
        '               X-Auth-Scopes: device:read',
        '               X-Auth-Token-Id: tok_hypothetical',
        ' 7 upstream  "inventory" gets GET /devices/42?x=1  at http://127.0.0.1:9000',
        ' 8 assertion X-Auth-Assertion by wayleave for "inventory", valid for 1m',
        '',
      ].join('\n'),
    );
  });

  it('marks the step that decides and says what would help', async () => {
    expect(await explain('POST /api/devices', withScopes('device:read'))).toBe(
      [
        'DENY 403 insufficient_scope           rev REVISION  gateway.yaml',
        ' 1 path      /api/devices  as it was sent',
        ' 2 match     POST /api/devices  ->  route "devices"  line 16  (beats "everything" line 21)',
        '               "everything" line 21 is less specific: ** where "devices" has "api" (segment 1)',
        ' 3 auth      token tok_hypothetical (pat, organisation acme) is valid, has no end',
        ' 4 identity  subject hypothetical (human), nobody is assumed, roles none',
        ' 5 access    need device:write   have device:read        <- decides',
        '   fix       the token needs device:write, and its owner a role with it (given by analytics/admin)',
        '',
      ].join('\n'),
    );
  });

  it.each([
    { request: 'GET /api/devices', verdict: 'DENY 401 token_missing', text: '--scopes A,B', authenticate: noToken },
    {
      request: 'DELETE /api/devices',
      verdict: 'DENY 405 method_not_allowed',
      text: 'add DELETE to the route "devices" (line 16)',
    },
    { request: 'GET /machines', verdict: 'DENY 403 kind_denied', text: 'try --kind service' },
    { request: 'GET /a//b', verdict: 'DENY 400 path_ambiguous', text: '1 path      an empty segment' },
    { request: 'GET /status', host: 'not a host', verdict: 'DENY 400 ', text: '1 path' },
    {
      request: 'GET /reports/1',
      host: 'reports.example.com',
      verdict: 'DENY 404 no_route',
      text: 'no route of gateway.yaml matches',
    },
    {
      request: 'GET /reports',
      host: 'reports.example.com',
      verdict: 'DENY 403 insufficient_scope',
      text: 'one of device:read, report:read',
    },
    { request: 'GET /.wayleave/nothing', verdict: 'DENY 404 no_route', text: 'answers this path itself' },
  ])('denies $request with $host: $verdict', async ({ request, host, verdict, text, authenticate }) => {
    const shown = await explain(request, authenticate ?? withScopes('device:write'), host);
    expect(shown).toContain(verdict);
    expect(shown).toContain(text);
    expect(shown.match(/<- decides/g)).toHaveLength(1);
  });

  it('looks at no credential on a public route', async () => {
    const shown = await explain('GET /status');
    expect(shown).toContain('ALLOW');
    expect(shown).toContain('the route is public');
  });

  it('allows the paths that the gateway answers itself', async () => {
    expect(await explain('GET /.wayleave/healthz')).toMatch(/^ALLOW/);
    expect(await explain('GET /.wayleave/whoami')).toMatch(/^DENY 401 token_missing/);
    expect(await explain('GET /.wayleave/whoami', withScopes())).toMatch(/^ALLOW/);
  });

  it('names the nearest route, with its host, when none matches', async () => {
    const one = load(yaml.replace('path: /**', 'path: /other'));
    const explanation = await explainRequest(
      { config: one, authenticate: noToken },
      { method: 'GET', target: '/reports', host: 'localhost' },
    );
    expect(renderExplanation(explanationDocument(explanation, one), false)).toContain(
      'fix       the nearest is route "reports" (line 34): /reports on the host reports.example.com (--host)',
    );
  });

  it('gives a real user the scopes of its roles today, and --scopes no more than those', async () => {
    const user = {
      id: 'usr_1',
      username: 'bot',
      kind: 'service',
      status: 'active',
      organization: { id: 'org_1', slug: 'acme', status: 'active' },
      roles: ['analytics/viewer'],
    } as const;
    expect(
      await explain('GET /api/devices', tokenOfUser({ owner: user, scopes: undefined }, config.roleScopes, 0)),
    ).toMatch(/^ALLOW/);
    const wider = tokenOfUser({ owner: user, scopes: ['device:write'] }, config.roleScopes, 0);
    expect(await explain('POST /api/devices', wider)).toMatch(/^DENY 403 insufficient_scope/);
    const narrower = tokenOfUser({ owner: user, scopes: ['report:read'] }, config.roleScopes, 0);
    expect(await explain('GET /api/devices', narrower)).toMatch(/^DENY 403 insufficient_scope/);
    const disabled = tokenOfUser({ owner: { ...user, status: 'disabled' }, scopes: undefined }, config.roleScopes, 0);
    expect(await explain('GET /api/devices', disabled)).toMatch(/^DENY 401 user_disabled/);
  });

  it('says of every route whose path fits why it lost', async () => {
    const many = load(
      `${yaml}  - { name: any-id, match: { path: /api/:kind/:id }, upstream: inventory, public: true }
  - { name: post-only, match: { path: /api/devices/**, methods: [PUT] }, upstream: inventory, public: true }
  - { name: elsewhere, match: { hosts: [ other.example.com ], path: /** }, upstream: inventory, public: true }
`,
    );
    const request = { method: 'GET', target: '/api/devices/4%32', host: 'localhost' };
    const { steps } = await explainRequest({ config: many, authenticate: noToken }, request);
    expect(steps.slice(0, 2)).toMatchObject([
      { stage: 'path', text: '/api/devices/42  made canonical from /api/devices/4%32' },
      {
        stage: 'match',
        lines: [
          '"post-only" line 39 has the same path, for PUT alone',
          '"any-id" line 38 is less specific: :kind where "devices" has "devices" (segment 2)',
          '"everything" line 21 is less specific: ** where "devices" has "api" (segment 1)',
          '"elsewhere" line 40 is for the host other.example.com',
        ],
      },
    ]);
  });

  it('says of a route of any case that another is written as the request', async () => {
    const mixed = load(
      `${yaml}  - { name: old, match: { path: /API/Devices/** }, upstream: archive, public: true }
`.replace('upstreams:\n', "upstreams:\n  archive: { targets: ['http://127.0.0.1:9001'], path_case: insensitive }\n"),
    );
    const matchOf = async (target: string) => {
      const request = { method: 'GET', target, host: 'localhost' };
      return (await explainRequest({ config: mixed, authenticate: noToken }, request)).steps[1];
    };
    expect((await matchOf('/api/devices/42'))?.lines?.[0]).toMatch(
      /^"old" line \d+ has the same path in another spelling, and "devices" has it exactly as it came$/,
    );
    expect((await matchOf('/Api/devices/42'))?.text).toContain('->  route "old"');
  });

  it('says of a real user which missing scope no role gives, and which the token does not name', async () => {
    const owner = {
      id: 'usr_1',
      username: 'bot',
      kind: 'service',
      status: 'active',
      organization: { id: 'org_1', slug: 'acme', status: 'active' },
      roles: ['analytics/viewer'],
    } as const;
    const asViewer = (scopes: string[]) => tokenOfUser({ owner, scopes }, config.roleScopes, 0);
    expect(await explain('POST /api/devices', asViewer(['device:write']))).toContain(
      'device:write: no role of bot gives it\n',
    );
    expect(await explain('GET /api/devices', asViewer(['report:read']))).toContain(
      'device:read: the token does not name it\n',
    );
  });

  it('keeps to itself what a route sets, which may come from the environment', async () => {
    const secret = load(
      yaml.replace('strip_prefix: /api', 'headers: { request: { set: { X-Api-Key: hidden }, remove: [ Cookie ] } }'),
    );
    const request = { method: 'GET', target: '/api/devices', host: 'localhost' };
    const rules = { config: secret, authenticate: withScopes('device:read') };
    const shown = JSON.stringify(explanationDocument(await explainRequest(rules, request), secret));
    expect(shown).toContain('to the upstream the route sets x-api-key and removes cookie');
    expect(shown).not.toContain('hidden');
  });

  it('explains a store that does not answer as what it would do to the request', async () => {
    const silent: Authenticate = () => Promise.reject(new StoreUnavailable('gone'));
    expect(await explain('GET /api/devices', silent)).toMatch(/^DENY 503 store_unavailable/);
    expect(await explain('GET /status', silent)).toMatch(/^ALLOW/);
  });

  it('masks what looks like a token, wherever it stands', async () => {
    const token = `wl_pat_${'a1B2c3D4'.repeat(6)}`.slice(0, 53);
    const shown = await explain(`GET /api/devices/${token}?access_token=${token}`, withScopes('device:read'));
    expect(shown).toContain('wl_pat_***');
    expect(shown).not.toContain(token);
  });

  it('says the same to programs', async () => {
    const explanation = await explainRequest(
      { config, authenticate: withScopes() },
      { method: 'POST', target: '/api/devices', host: 'localhost' },
    );
    expect(explanationDocument(explanation, config)).toMatchObject({
      decision: 'deny',
      status: 403,
      code: 'insufficient_scope',
      missing_scopes: ['device:write'],
      route: { name: 'devices', line: 16 },
      steps: [
        { stage: 'path' },
        { stage: 'match' },
        { stage: 'auth' },
        { stage: 'identity' },
        { stage: 'access', decides: true },
      ],
      file: 'gateway.yaml',
      revision: config.revision,
    });
  });
});
