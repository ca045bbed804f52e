import type { Principal } from '../core/principal.ts';

const noticeMs = 30 * 86_400_000;

/** Made once for a token: writing a date costs more than all else that is written for an answer. */
const texts = new WeakMap<Principal, string>();

/** When the token of a request ends, in RFC 3339, from 30 days before; undefined earlier and for tokens without end. */
export function expiryNotice(principal: Principal | undefined, nowMs: number): string | undefined {
  if (principal === undefined || principal.expiresAt === null) return undefined;
  if (principal.expiresAt - nowMs >= noticeMs) return undefined;
  let text = texts.get(principal);
  if (text === undefined) texts.set(principal, (text = new Date(principal.expiresAt).toISOString()));
  return text;
}
