import { describe, expect, it } from 'vitest';
import { readEnvironment } from '../../../src/config/environment.ts';
import { parseConfig } from '../../../src/config/load.ts';
import type { GatewayConfig } from '../../../src/config/compiled.ts';
import { explainRequest } from '../../../src/commands/explanation/explain-request.ts';
import { hypotheticalUser, noToken, tokenOfUser } from '../../../src/commands/explanation/hypothetical.ts';
import { explanationJson, renderExplanation } from '../../../src/commands/explanation/render.ts';
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
  const explanation = await explainRequest(config, { method, target, host }, authenticate);
  return renderExplanation(explanation, config, false).replace(config.revision, 'REVISION');
}

function withScopes(...scopes: string[]): Authenticate {
  return hypotheticalUser(scopes, 'human', 'acme');
}

describe('explain', () => {
  it('shows what lets a request pass, and what the upstream gets', async () => {
    expect(await explain('GET /api/devices/42?x=1', withScopes('device:read'))).toBe(
      [
        'ALLOW                                 rev REVISION  gateway.yaml',
        ' 1 match     GET /api/devices/42  ->  route "devices"  line 16  (beats "everything" line 21)',
        ' 2 auth      token tok_hypothetical (pat, organisation acme) is valid',
        ' 3 identity  subject hypothetical, roles none',
        ' 4 access    need device:read   have device:read',
        ' 5 upstream  "inventory" gets GET /devices/42?x=1  at http://127.0.0.1:9000',
        ' 6 assertion X-Auth-Assertion by wayleave for "inventory", valid for 1m',
        '',
      ].join('\n'),
    );
  });

  it('marks the step that decides and says what would help', async () => {
    expect(await explain('POST /api/devices', withScopes('device:read'))).toBe(
      [
        'DENY 403 insufficient_scope           rev REVISION  gateway.yaml',
        ' 1 match     POST /api/devices  ->  route "devices"  line 16  (beats "everything" line 21)',
        ' 2 auth      token tok_hypothetical (pat, organisation acme) is valid',
        ' 3 identity  subject hypothetical, roles none',
        ' 4 access    need device:write   have device:read        <- decides',
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
    const explanation = await explainRequest(one, { method: 'GET', target: '/reports', host: 'localhost' }, noToken);
    expect(renderExplanation(explanation, one, false)).toContain(
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

  it('says the same to programs', async () => {
    const explanation = await explainRequest(
      config,
      { method: 'POST', target: '/api/devices', host: 'localhost' },
      withScopes(),
    );
    expect(explanationJson(explanation, config)).toMatchObject({
      decision: 'deny',
      status: 403,
      code: 'insufficient_scope',
      missing_scopes: ['device:write'],
      route: { name: 'devices', line: 16 },
      steps: [{ stage: 'match' }, { stage: 'auth' }, { stage: 'identity' }, { stage: 'access', decides: true }],
      file: 'gateway.yaml',
      revision: config.revision,
    });
  });
});
