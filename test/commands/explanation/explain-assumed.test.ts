import { describe, expect, it } from 'vitest';
import { renderExplanation } from '../../../src/commands/explanation/render.ts';
import type { GatewayConfig } from '../../../src/config/compiled.ts';
import { readEnvironment } from '../../../src/config/environment.ts';
import { parseConfig } from '../../../src/config/load.ts';
import type { UserRecord } from '../../../src/core/token-record.ts';
import { explainRequest } from '../../../src/explanation/explain-request.ts';
import { explanationDocument } from '../../../src/explanation/explanation-document.ts';
import { nobodyInParticular } from '../../../src/explanation/hypothetical.ts';
import { assumedUser, type HypotheticalAssumption } from '../../../src/explanation/hypothetical-session.ts';

const yaml = `version: 1
scopes: { device:read: Read devices, device:write: Change devices }
projects: { analytics: { name: Analytics, roles: { viewer: [ "device:read" ], admin: [ "device:*" ] } } }
upstreams: { inventory: { targets: [ http://127.0.0.1:9000 ] } }
routes:
  - { name: devices, match: { path: /devices }, upstream: inventory, scopes: { GET: device:read, POST: device:write } }
  - { name: acme, match: { path: /acme }, upstream: inventory, authenticated: true, organizations: [ acme ] }
  - { name: closed, match: { path: /closed }, upstream: inventory, authenticated: true, assumed: deny }
  - { name: shown, match: { path: /shown }, upstream: inventory, authenticated: true, assumed: read_only }
`;

function load(): GatewayConfig {
  const outcome = parseConfig(yaml, 'gateway.yaml', readEnvironment({}));
  if (outcome.kind === 'invalid') throw new Error(JSON.stringify(outcome.problems, null, 2));
  return outcome.config;
}

const config = load();

const ada: UserRecord = {
  ...nobodyInParticular('human', 'acme'),
  id: 'usr_ada',
  username: 'ada',
  roles: ['analytics/viewer'],
};
const sam: UserRecord = { ...nobodyInParticular('human', 'support'), id: 'usr_sam', username: 'sam' };

async function explain(request: string, asked: Partial<HypotheticalAssumption> = {}): Promise<string> {
  const [method = '', target = ''] = request.split(' ');
  const assumption = { actor: sam, subject: ada, scopes: undefined, readOnly: false, ...asked };
  const authenticate = assumedUser(assumption, config, Date.now());
  const explanation = await explainRequest({ config, authenticate }, { method, target, host: 'localhost' });
  return renderExplanation(explanationDocument(explanation, config), false);
}

describe('explain --assume', () => {
  it('decides by the subject, and names who really acts', async () => {
    const text = await explain('GET /devices');
    expect(text).toMatch(/^ALLOW/);
    expect(text).toContain('subject ada (human), assumed by sam');
    expect(await explain('GET /acme')).toMatch(/^ALLOW/);
  });

  it('gives what the subject has today, and of the assume-user token no more than that', async () => {
    expect(await explain('POST /devices', { scopes: ['device:read', 'device:write'] })).toMatch(
      /^DENY 403 insufficient_scope/,
    );
    const wider = { ...ada, roles: ['analytics/admin'] };
    expect(await explain('POST /devices', { subject: wider })).toMatch(/^ALLOW/);
    expect(await explain('POST /devices', { subject: wider, scopes: ['device:read'] })).toMatch(/^DENY 403/);
  });

  it('knows what routes say of assumed users, and of an assume-user token for reading alone', async () => {
    expect(await explain('GET /closed')).toMatch(/^DENY 403 assumed_denied/);
    expect(await explain('GET /shown')).toMatch(/^ALLOW/);
    expect(await explain('POST /shown')).toMatch(/^DENY 403 assumed_read_only/);
    expect(await explain('GET /acme', { readOnly: true })).toMatch(/^ALLOW/);
    expect(await explain('DELETE /acme', { readOnly: true })).toMatch(/^DENY 403 assumed_read_only[^]*<- decides/);
  });

  it.each<[string, Partial<HypotheticalAssumption>]>([
    ['oneself', { actor: ada }],
    [
      'an admin of the platform',
      { subject: { ...nobodyInParticular('human', 'platform'), roles: ['wayleave/platform-admin'] } },
    ],
    ['somebody who is disabled', { subject: { ...ada, status: 'disabled' } }],
    ['anybody, who is disabled', { actor: { ...sam, status: 'disabled' } }],
  ])('says that nobody assumes %s', async (_, asked) => {
    expect(await explain('GET /devices', asked)).toMatch(/^DENY 401 assume_ended/);
  });
});
