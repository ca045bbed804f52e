import { describe, expect, it } from 'vitest';
import { resolveExpiry, type ExpiryBounds } from '../../../src/admin-api/tokens/expiry.ts';

const dayMs = 86_400_000;
const nowMs = Date.UTC(2030, 0, 1);
const bounds: ExpiryBounds = {
  nowMs,
  defaultLifetimeMs: 90 * dayMs,
  maxLifetimeMs: 366 * dayMs,
  callerExpiresAt: null,
};
const callerEndsIn = (days: number): ExpiryBounds => ({ ...bounds, callerExpiresAt: nowMs + days * dayMs });
const at = (days: number): string => new Date(nowMs + days * dayMs).toISOString();

describe('resolveExpiry', () => {
  it.each([
    ['the default when nothing is asked for', {}, bounds, 90],
    ['the default cut to the end of the caller’s token', {}, callerEndsIn(7), 7],
    ['a lifetime', { lifetime: '12h' }, bounds, 0.5],
    ['an instant', { expires_at: at(30) }, bounds, 30],
    ['an instant in another zone', { expires_at: '2030-01-02T02:00:00+02:00' }, bounds, 1],
    ['the longest lifetime', { lifetime: '366d' }, bounds, 366],
    ['what ends with the caller’s token', { expires_at: at(7) }, callerEndsIn(7), 7],
  ])('gives %s', (_what, wish, within, days) => {
    expect(resolveExpiry(wish, within)).toEqual({ kind: 'expiry', expiresAt: nowMs + days * dayMs });
  });

  const without: ExpiryBounds = { ...bounds, maxLifetimeMs: Infinity };

  it('gives a token without end only where the policy and the caller’s token have none', () => {
    expect(resolveExpiry({ expires_at: null }, without)).toEqual({ kind: 'expiry', expiresAt: null });
    expect(resolveExpiry({}, { ...without, defaultLifetimeMs: Infinity })).toEqual({ kind: 'expiry', expiresAt: null });
    const cut = resolveExpiry({}, { ...without, defaultLifetimeMs: Infinity, callerExpiresAt: nowMs + dayMs });
    expect(cut).toEqual({ kind: 'expiry', expiresAt: nowMs + dayMs });
  });

  it.each([
    ['an instant in the past', { expires_at: at(-1) }, bounds, 'lies in the past'],
    ['this very instant', { expires_at: at(0) }, bounds, 'lies in the past'],
    ['a lifetime beyond the longest', { lifetime: '367d' }, bounds, 'tokens.max_lifetime'],
    ['an instant beyond the longest', { expires_at: at(367) }, bounds, '366d (tokens.max_lifetime)'],
    ['the year 9999', { expires_at: '9999-12-31T23:59:59Z' }, bounds, 'tokens.max_lifetime'],
    ['no end, where there is a longest lifetime', { expires_at: null }, bounds, 'without end'],
    [
      'no end, where the caller’s token has one',
      { expires_at: null },
      { ...callerEndsIn(7), maxLifetimeMs: Infinity },
      '2030-01-08T00:00:00.000Z',
    ],
    ['a token that outlives the caller’s', { lifetime: '8d' }, callerEndsIn(7), '2030-01-08T00:00:00.000Z'],
  ])('refuses %s', (_what, wish, within, words) => {
    const [field] = Object.keys(wish);
    expect(resolveExpiry(wish, within)).toMatchObject({
      kind: 'refused',
      problem: {
        code: 'validation_failed',
        errors: [{ pointer: `/${field}`, detail: expect.stringContaining(words) as string }],
      },
    });
  });
});
