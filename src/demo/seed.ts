import type { Created, Conflict } from '../admin-api/ports/changes.ts';
import type { NewToken } from '../admin-api/ports/tokens.ts';
import type { Organizations, Users } from '../admin-api/ports/directory.ts';
import type { GatewayConfig } from '../config/compiled.ts';
import type { Token } from '../core/directory.ts';
import { everyRole, grantableScopes } from '../core/grants.ts';
import { hashToken, lastFour, mintToken, type RawToken } from '../core/token.ts';
import { ensureMember, type Directory } from '../directory/bootstrap.ts';
import { readingScopes } from './example-requests.ts';

/** The store as the demo needs it. */
export interface DemoStores extends Directory {
  readonly organizations: Organizations;
  readonly users: Users;
  readonly tokens: {
    /** Revokes the owner's tokens of the same name and makes this one. */
    replace(token: NewToken): Promise<Created<Token> | Conflict>;
  };
}

export interface DemoToken {
  readonly secret: RawToken;
  readonly username: string;
  readonly scopes: readonly string[];
  readonly hours: number;
}

const demoName = 'demo';
const hourMs = 3_600_000;
const demoLifetimeMs = 24 * hourMs;

/**
 * Makes sure that the organisation and the user of the demo exist, are active and have every role of gateway.yaml;
 * revokes the demo token of the start before and makes a new one, which may read. Throws StoreUnavailable.
 */
export async function seedDemo(stores: DemoStores, config: GatewayConfig, nowMs: number): Promise<DemoToken> {
  const { organization, user } = await ensureMember(stores, {
    organization: { slug: demoName, name: 'Demo' },
    user: { username: demoName, name: 'Demo user' },
    roles: everyRole(config.projects),
  });
  if (organization.status !== 'active') await stores.organizations.change(organization.id, { status: 'active' });
  if (user.status !== 'active') await stores.users.change(organization.id, user.id, { status: 'active' });
  const secret = mintToken(config.tokens.prefix, 'pat');
  const grantable = grantableScopes(config.scopes.keys(), config.roleScopes);
  const scopes = [...readingScopes(config).filter((scope) => grantable.includes(scope)), 'wayleave:self'];
  const lifetimeMs = Math.min(demoLifetimeMs, config.tokens.maxLifetimeMs);
  const made = await stores.tokens.replace({
    userId: user.id,
    name: demoName,
    purpose: 'made by serve --demo',
    scopes,
    expiresAt: nowMs + lifetimeMs,
    hash: hashToken(secret),
    lastFour: lastFour(secret),
    createdBy: user.id,
  });
  if (made.kind === 'conflict') throw new Error('another program made a demo token at the same time; start again');
  return { secret, username: `${user.username}@${organization.slug}`, scopes, hours: Math.floor(lifetimeMs / hourMs) };
}
