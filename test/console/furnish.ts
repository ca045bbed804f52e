import { builtInRoles } from '../../src/core/scope.ts';
import type { ConsoleWorld } from './console-world.ts';

const adminScopes = [...builtInRoles['org-admin'], ...builtInRoles.member, 'device:read', 'collection:read'];

/** What there is to see in `acme`, and where. */
export interface Furniture {
  /** Addresses behind the #, by a name for each page. */
  readonly pages: Readonly<Record<string, string>>;
  /** Of ada, an admin of acme. */
  readonly adminToken: string;
  readonly exportToken: { readonly id: string; readonly secret: string };
}

/** Puts into `acme` what an organisation has after a while: people, machines, roles, tokens in every state, requests. */
export async function furnish(world: ConsoleWorld): Promise<Furniture> {
  const user = async (fields: object, role: string): Promise<string> => {
    const { id } = await world.make('/organizations/acme/users', fields);
    const [project, name] = role.split('/');
    await world.make('/organizations/acme/authorizations', { user_id: id, project, roles: [name] });
    return String(id);
  };
  const ada = await user(
    { kind: 'human', username: 'ada', name: 'Ada Byron', email: 'ada@acme.example' },
    'wayleave/org-admin',
  );
  await world.make('/organizations/acme/authorizations', { user_id: ada, project: 'analytics', roles: ['viewer'] });
  await user({ kind: 'human', username: 'grace', name: 'Grace Hopper' }, 'analytics/viewer');
  const robot = { kind: 'service', name: 'Nightly export', purpose: 'Copies the inventory at night', owner: ada };
  const service = await user({ ...robot, username: 'export-bot' }, 'analytics/viewer');
  const ci = { kind: 'service', username: 'ci', name: 'CI', purpose: 'Builds and deploys', owner: ada };
  const builds = await user(ci, 'analytics/viewer');
  const token = async (userId: string, name: string, fields: object = {}) => {
    const wish = { user_id: userId, name, scopes: ['device:read'], lifetime: '20h', ...fields };
    const { token: made, secret } = (await world.make('/tokens', wish)) as { token: { id: string }; secret: string };
    return { id: made.id, secret };
  };
  const exportToken = await token(service, 'export', { purpose: 'Nightly copy of the inventory' });
  await token(builds, 'deploy', { scopes: ['device:read', 'collection:read'] });
  for (const [name, action] of [
    ['old laptop', 'revoke'],
    ['trial', 'expire'],
    ['spare', 'disable'],
  ] as const) {
    const { id } = await token(builds, name);
    await world.make(`/tokens/${id}/${action}`);
  }
  for (let n = 0; n < 40; n++)
    await world.request(n % 8 === 0 ? 'DELETE' : 'GET', '/api/devices/1', exportToken.secret);
  const { code } = await world.make(`/organizations/acme/users/${ada}/enrolment`);
  const first = { name: 'console', scopes: adminScopes, lifetime: '8h' };
  const enrolled = await world.make('/enrol', { code, token: first });
  const adminToken = String(enrolled['secret']);
  const grant = {
    validity: '2h',
    subject_user_id: builds,
    scopes: ['device:read'],
    reason: 'TICKET-7: no devices shown',
  };
  const lent = await world.make('/organizations/acme/assume-tokens', grant, adminToken);
  const begun = await world.make('/assume', { token: lent['secret'], reason: 'TICKET-7' });
  await world.request('GET', '/api/devices/1', String(begun['token']));
  const session = String(begun['id']);
  const of = (page: string): string => `o/acme/${page}`;
  return {
    adminToken,
    exportToken,
    pages: {
      overview: of('overview'),
      tokens: of('tokens'),
      expired: of('tokens?state=expired'),
      'tokens-found': of('tokens?search=e'),
      'tokens-of-user': of(`tokens?user_id=${builds}`),
      'create-token': of(`tokens/new?user_id=${service}`),
      token: of(`tokens/${exportToken.id}`),
      'service-users': of('service-users'),
      people: of('people'),
      authorizations: of('authorizations'),
      audit: of('audit'),
      'assume-tokens': of('assume-tokens'),
      'generate-assume-token': of('assume-tokens/new'),
      'assume-session': of(`assume-sessions/${session}`),
      assume: 'assume',
      'my-tokens': 'my-tokens',
      routes: 'routes',
      organizations: 'organizations',
      'signing-keys': 'signing-keys',
      webhooks: 'webhooks',
    },
  };
}
