import { latestInstantMs } from '../../lib/instants.ts';
import { formatDuration, parseDuration } from '../../lib/units.ts';
import type { Refusal } from '../http/problem-response.ts';
import { invalidField } from '../http/validation.ts';
import { rfc3339 } from './present.ts';

export interface ExpiryWish {
  /** RFC 3339, as the schema has checked; null: never. */
  readonly expires_at?: string | null | undefined;
  readonly lifetime?: string | undefined;
}

export interface ExpiryBounds {
  readonly nowMs: number;
  /** What holds where nothing is asked for; Infinity: never. */
  readonly defaultLifetimeMs: number;
  /** tokens.max_lifetime; Infinity: none. */
  readonly maxLifetimeMs: number;
  /** When the token that makes the call ends, in epoch milliseconds; null: never. */
  readonly callerExpiresAt: number | null;
}

export type Expiry =
  | { readonly kind: 'expiry'; readonly expiresAt: number | null }
  | { readonly kind: 'refused'; readonly problem: Refusal<'validation_failed'> };

/**
 * When a new token or secret ends. What is asked for beyond a bound is refused, never shortened unasked; the default,
 * which nobody asked for, gives way to the end of the caller's own token.
 */
export function resolveExpiry(wish: ExpiryWish, bounds: ExpiryBounds): Expiry {
  const { nowMs, callerExpiresAt } = bounds;
  if (wish.expires_at === undefined && wish.lifetime === undefined) {
    const lifetimeMs = Math.min(bounds.defaultLifetimeMs, bounds.maxLifetimeMs);
    const end = Math.min(nowMs + lifetimeMs, callerExpiresAt ?? Infinity);
    return { kind: 'expiry', expiresAt: end === Infinity ? null : Math.min(end, latestInstantMs) };
  }
  const pointer = wish.expires_at === undefined ? '/lifetime' : '/expires_at';
  const expiresAt = askedFor(wish, nowMs);
  const fault = expiryFault(expiresAt, bounds);
  return fault === undefined
    ? { kind: 'expiry', expiresAt: finite(expiresAt) }
    : { kind: 'refused', problem: invalidField(pointer, fault) };
}

/** Infinity: never. */
function askedFor({ expires_at: end, lifetime = '' }: ExpiryWish, nowMs: number): number {
  if (end === null) return Infinity;
  return end === undefined ? nowMs + (parseDuration(lifetime) ?? 0) : Date.parse(end);
}

function finite(instantMs: number): number | null {
  return instantMs === Infinity ? null : instantMs;
}

function expiryFault(expiresAt: number, { nowMs, maxLifetimeMs, callerExpiresAt }: ExpiryBounds): string | undefined {
  if (expiresAt <= nowMs) return 'lies in the past; name a later time';
  if (expiresAt > nowMs + maxLifetimeMs) {
    const bound = `${formatDuration(maxLifetimeMs)} (tokens.max_lifetime)`;
    if (expiresAt === Infinity) return `asks for a token without end, and none may live longer than ${bound}`;
    return `lies beyond the longest lifetime of ${bound}, until ${rfc3339(nowMs + maxLifetimeMs)}`;
  }
  if (expiresAt !== Infinity && expiresAt > latestInstantMs) return 'lies beyond the year 9999; send expires_at: null';
  if (callerExpiresAt !== null && expiresAt > callerExpiresAt) {
    const end = rfc3339(callerExpiresAt);
    return `lies beyond ${end}, when the token that makes this call ends; a token makes none that outlives it`;
  }
  return undefined;
}
