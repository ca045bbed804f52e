import { describe, expect, it } from 'vitest';
import { readEnvironment } from '../../src/config/environment.ts';
import { parseConfig } from '../../src/config/load.ts';
import type { GatewayConfig } from '../../src/config/compiled.ts';
import { mintToken } from '../../src/core/token.ts';
import { demoRefusal, demoUpstreamAddress } from '../../src/demo/addresses.ts';
import { demoBanner } from '../../src/demo/banner.ts';
import { allowedExample, readingScopes, refusedExample } from '../../src/demo/example-requests.ts';

const yaml = `version: 1
listen:
  proxy: 127.0.0.1:8080
  admin: 127.0.0.1:8081
scopes:
  device:read: Read devices
  device:write: Change devices
upstreams:
  elsewhere:
    targets: [ https://api.example.com ]
  inventory:
    targets: [ http://127.0.0.1:9000 ]
routes:
  - name: status
    match: { path: /status }
    upstream: inventory
    public: true
  - name: hidden
    match: { path: "/api/:kind/**" }
    upstream: inventory
    scopes: device:write
  - name: devices
    match: { path: "/api/devices/:id" }
    upstream: inventory
    scopes: { GET: device:read, "*": device:write }
`;

function load(text: string): GatewayConfig {
  const outcome = parseConfig(text, 'gateway.yaml', readEnvironment({}));
  if (outcome.kind === 'invalid') throw new Error(JSON.stringify(outcome.problems, null, 2));
  return outcome.config;
}

const config = load(yaml);

describe('the demo', () => {
  it('reads: its token has the scopes that GET asks for', () => {
    expect(readingScopes(load(yaml.replace('scopes: device:write', 'authenticated: true')))).toEqual(['device:read']);
  });

  it('suggests requests that the gateway lets through and refuses, by the table that decides', () => {
    const scopes = new Set(['device:read']);
    expect(allowedExample(config, scopes)).toMatchObject({ method: 'GET', path: '/api/devices/42' });
    expect(refusedExample(config, scopes)).toMatchObject({ method: 'POST', path: '/api/42/42' });
    expect(allowedExample(config, new Set())).toBeUndefined();
    expect(refusedExample(config, new Set(['device:read', 'device:write']))).toBeUndefined();
  });

  it('names the host that a route needs', () => {
    const hosted = load(
      yaml.replace('{ path: "/api/devices/:id" }', '{ hosts: [ a.example.com ], path: "/api/devices/:id" }'),
    );
    expect(allowedExample(hosted, new Set(['device:read']))).toMatchObject({ host: 'a.example.com' });
  });

  it('finds the upstream of this machine, and none where there is none', () => {
    expect(demoUpstreamAddress(config)).toEqual({ host: '127.0.0.1', port: 9000 });
    expect(demoUpstreamAddress(load(yaml.replace('http://127.0.0.1:9000', 'http://10.0.0.1:9000')))).toBeUndefined();
  });

  it.each(['proxy', 'admin'])('refuses to listen to others by listen.%s, and says what to write', (name) => {
    const [port] = name === 'proxy' ? [8080] : [8081];
    const open = load(yaml.replace(`${name}: 127.0.0.1`, `${name}: 0.0.0.0`));
    expect(demoRefusal(open)).toBe(
      `demo mode listens on this machine alone, and listen.${name} of gateway.yaml is 0.0.0.0:${port}: ` +
        `write 127.0.0.1:${port}, or start without --demo`,
    );
    expect(demoRefusal(config)).toBeUndefined();
  });

  it('prints addresses, the token and lines to paste', () => {
    const secret = mintToken('wl', 'pat');
    const scopes = ['device:read', 'wayleave:self'];
    const banner = demoBanner({
      config,
      token: { secret, username: 'demo@demo', scopes, hours: 24 },
      version: '1.2.3',
      ports: { proxy: 8080, admin: 8081 },
    });
    expect(banner.replaceAll(secret, 'SECRET')).toMatchInlineSnapshot(`
      "Wayleave 1.2.3 is running in demo mode with gateway.yaml. Ctrl-C stops it.

        proxy     http://127.0.0.1:8080   what clients call
        admin     http://127.0.0.1:8081   the admin API; its description is at /openapi.json
        console   http://127.0.0.1:8081/  sign in with the token below
        upstream  http://127.0.0.1:9000   shows the request it received

      Demo token of demo@demo, for 24 h; the one of the start before is revoked:

        SECRET

      Let through, with who it is from in X-Auth-* headers:

        curl -i -H 'Authorization: Bearer SECRET' 'http://127.0.0.1:8080/api/devices/42'

      Refused, for the token lacks a scope:

        curl -i -X POST -H 'Authorization: Bearer SECRET' 'http://127.0.0.1:8080/api/42/42'

      Why it is refused, step by step:

        npx wayleave explain POST '/api/42/42' --scopes device:read

      A token for the admin API, printed once:

        npx wayleave admin-token

      "
    `);
  });
});
