import { formatDuration, parseDuration } from '../../lib/units.ts';
import type { Refusal } from '../http/problem-response.ts';
import { invalidField } from '../http/validation.ts';
import { rfc3339 } from './schema.ts';

export interface ExpiryWish {
  /** RFC 3339, as the schema has checked. */
  readonly expires_at?: string | undefined;
  readonly lifetime?: string | undefined;
}

export interface ExpiryBounds {
  readonly nowMs: number;
  readonly defaultLifetimeMs: number;
  readonly maxLifetimeMs: number;
  /** When the token that makes the call ends, in epoch milliseconds; null: never. */
  readonly callerExpiresAt: number | null;
}

export type Expiry =
  | { readonly kind: 'expiry'; readonly expiresAt: number }
  | { readonly kind: 'refused'; readonly problem: Refusal<'validation_failed'> };

/**
 * When a new token ends. What is asked for beyond a bound is refused, never shortened unasked; the default, which
 * nobody asked for, gives way to the end of the caller's own token.
 */
export function resolveExpiry(wish: ExpiryWish, bounds: ExpiryBounds): Expiry {
  const { nowMs, callerExpiresAt } = bounds;
  const asked = wish.expires_at ?? wish.lifetime;
  if (asked === undefined) {
    const lifetimeMs = Math.min(bounds.defaultLifetimeMs, bounds.maxLifetimeMs);
    return { kind: 'expiry', expiresAt: Math.min(nowMs + lifetimeMs, callerExpiresAt ?? Infinity) };
  }
  const pointer = wish.expires_at === undefined ? '/lifetime' : '/expires_at';
  const expiresAt = wish.expires_at === undefined ? nowMs + (parseDuration(asked) ?? 0) : Date.parse(asked);
  const fault = expiryFault(expiresAt, bounds);
  return fault === undefined
    ? { kind: 'expiry', expiresAt }
    : { kind: 'refused', problem: invalidField(pointer, fault) };
}

function expiryFault(expiresAt: number, { nowMs, maxLifetimeMs, callerExpiresAt }: ExpiryBounds): string | undefined {
  if (expiresAt <= nowMs) return 'lies in the past; name a later time';
  if (expiresAt > nowMs + maxLifetimeMs) {
    const latest = `${formatDuration(maxLifetimeMs)} (tokens.max_lifetime), until ${rfc3339(nowMs + maxLifetimeMs)}`;
    return `lies beyond the longest lifetime of ${latest}`;
  }
  if (callerExpiresAt !== null && expiresAt > callerExpiresAt) {
    const end = rfc3339(callerExpiresAt);
    return `lies beyond ${end}, when the token that makes this call ends; a token makes none that outlives it`;
  }
  return undefined;
}
