import { adminClient, makeTokens } from './gateway-tokens.ts';
import type { RunningGateway } from './gateway.ts';

/** A session in which somebody is another user, on a running gateway. */
export interface GatewaySession {
  readonly secret: string;
  readonly subjectId: string;
  readonly actorId: string;
}

/**
 * Opens one: a service user that issues leave to be itself, and one of another organisation that redeems it.
 * @param role what both hold, as `project/role`
 * @param scope what the assumed user's token holds, and the leave
 */
export async function openGatewaySession(
  gateway: RunningGateway,
  role: string,
  scope = 'read',
): Promise<GatewaySession> {
  const wishes = {
    ASSUMED: { scopes: [scope], organization: 'customers' },
    IMPERSONATOR: { scopes: [scope, 'wayleave:assume'], organization: 'helpers' },
  };
  const { ASSUMED: subject, IMPERSONATOR: actor } = await makeTokens(gateway, role, wishes);
  const root = await adminClient(gateway);
  const admin = { user_id: subject.userId, project: 'wayleave', roles: ['org-admin'] };
  await root('POST', '/organizations/customers/authorizations', admin);
  const own = { user_id: subject.userId, name: 'issues', scopes: [scope, 'wayleave:assume:issue'] };
  const issuer = await root('POST', '/tokens', own);
  const issue = await adminClient(gateway, String(issuer['secret']));
  const wish = { validity: '2h', scopes: [scope], reason: 'the corpus' };
  const { secret: leave } = await issue('POST', '/organizations/customers/assume-tokens', wish);
  const redeem = await adminClient(gateway, actor.secret);
  const session = await redeem('POST', '/assume', { token: leave, reason: 'the corpus' });
  return { secret: String(session['token']), subjectId: subject.userId, actorId: actor.userId };
}
