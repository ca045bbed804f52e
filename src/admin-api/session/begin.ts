import type { z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import type { UserRecord } from '../../core/token-record.ts';
import type { AdminEnv, AdminStores } from '../context.ts';
import { callerAddress } from '../http/caller-address.ts';
import { isSecure } from '../http/transport.ts';
import type { ConsoleSession, NewSession, SessionCredential } from '../ports/console-sessions.ts';
import { setCookie } from './cookie.ts';
import { lifetimeMs } from './limits.ts';
import { presentSession, type signedIn } from './schema.ts';
import { drawSecrets, hashesOf, type SessionSecrets } from './secrets.ts';

interface Beginning {
  readonly input: NewSession;
  readonly secrets: SessionSecrets;
}

/** Draws a session for somebody, to be stored. @param expiresAt when the credential ends, null: never */
export function drawSession(
  { id: userId, username, organization }: UserRecord,
  credential: SessionCredential,
  expiresAt: number | null,
  nowMs: number,
): Beginning {
  const secrets = drawSecrets();
  const endsAt = Math.min(nowMs + lifetimeMs, expiresAt ?? Infinity);
  const hashes = hashesOf(secrets);
  return { secrets, input: { organizationId: organization.id, userId, username, credential, hashes, endsAt } };
}

/** Sets the cookie of a new session, and gives what the answer says. */
export function beginSession(
  c: Context<AdminEnv>,
  session: ConsoleSession,
  { cookie, pageKey }: SessionSecrets,
): z.infer<typeof signedIn> {
  c.header('set-cookie', setCookie(cookie, isSecure(c)));
  return { session: presentSession(session), page_key: pageKey };
}

/** The stores in the name of somebody who is about to be let in. @param tokenId null: by an enrolment code */
export function storesOf(c: Context<AdminEnv>, person: UserRecord, tokenId: string | null): AdminStores {
  return c.var.deps.stores.as({
    userId: person.id,
    actorId: null,
    tokenId,
    organizationId: person.organization.id,
    address: callerAddress(c) || null,
    requestId: c.var.requestId,
    via: 'api',
  });
}
