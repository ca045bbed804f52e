import { execFile } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { hashToken, type RawToken } from '../../src/core/token.ts';
import { repository, type RunningGateway } from './gateway.ts';
import { programPath } from './program.ts';

/** A token that was made through the admin API. */
export interface FixtureToken {
  readonly secret: RawToken;
  /** As it is stored. */
  readonly hash: string;
  readonly tokenId: string;
  readonly userId: string;
}

export interface TokenWish {
  readonly scopes: readonly string[];
  readonly organization?: string;
  /** What people call its owner. */
  readonly displayName?: string;
  /** What becomes of it. */
  readonly fate?: 'revoke' | 'expire' | 'disable owner';
}

/**
 * Makes service users with a token each, in the organisation `acme` unless another is named.
 * @param role what every one of them holds, as `project/role`
 */
export async function makeTokens<Name extends string>(
  gateway: RunningGateway,
  role: string,
  wishes: Readonly<Record<Name, TokenWish>>,
): Promise<Record<Name, FixtureToken>> {
  const call = await adminClient(gateway);
  const names = Object.keys(wishes) as Name[];
  const organizations = new Set(names.map((name) => wishes[name].organization ?? usualOrganization));
  for (const slug of organizations) await call('POST', '/organizations', { slug, name: slug });
  const made = names.map(async (name) => [name, await makeToken(call, name, role, wishes[name])] as const);
  return Object.fromEntries(await Promise.all(made)) as Record<Name, FixtureToken>;
}

const usualOrganization = 'acme';

export type AdminCall = (method: string, path: string, body?: unknown) => Promise<Record<string, unknown>>;

/** What `wayleave admin-token` prints. */
export async function adminToken({ configFile, env }: RunningGateway): Promise<string> {
  const args = [await programPath(), 'admin-token', '--force', '--config', configFile];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: repository, env });
  return stdout.trim();
}

/** Calls the admin API with a token, one of `wayleave admin-token` unless given. */
export async function adminClient(gateway: RunningGateway, token?: string): Promise<AdminCall> {
  const headers = {
    authorization: `Bearer ${token ?? (await adminToken(gateway))}`,
    'content-type': 'application/json',
  };
  const call: AdminCall = async (method, path, body) => {
    const url = `http://127.0.0.1:${gateway.adminPort}/api/v1${path}`;
    const response = await fetch(url, { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) });
    const text = await response.text();
    // A busy store has changed nothing.
    if (response.status === 503) return delay(200).then(() => call(method, path, body));
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return JSON.parse(text) as Record<string, unknown>;
  };
  return call;
}

async function makeToken(call: AdminCall, name: string, role: string, wish: TokenWish): Promise<FixtureToken> {
  const users = `/organizations/${wish.organization ?? usualOrganization}/users`;
  const username = name.toLowerCase().replaceAll('_', '-');
  const { id } = (await call('POST', users, { kind: 'service', username, name: wish.displayName ?? name })) as {
    id: string;
  };
  const [project, ownRole] = role.split('/');
  const grant = { user_id: id, project, roles: [ownRole] };
  await call('POST', `/organizations/${wish.organization ?? usualOrganization}/authorizations`, grant);
  const created = await call('POST', '/tokens', { user_id: id, name, scopes: wish.scopes, lifetime: '30d' });
  const { token, secret } = created as { token: { id: string }; secret: RawToken };
  if (wish.fate === 'disable owner') await call('PATCH', `${users}/${id}`, { status: 'disabled' });
  else if (wish.fate !== undefined) await call('POST', `/tokens/${token.id}/${wish.fate}`, {});
  return { secret, hash: hashToken(secret), tokenId: token.id, userId: id };
}
