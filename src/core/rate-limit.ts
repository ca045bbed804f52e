import { formatDuration } from '../lib/units.ts';

/** Whose requests a limit counts together. */
export const rateLimitKeys = ['token', 'user', 'organization', 'ip'] as const;

/**
 * `rate_limit:` of a route: a bucket of `burst` requests, which gets `limit` back within each window, evenly. So no
 * window of any place in time sees more than `burst` and `limit` together.
 */
export interface RateLimit {
  readonly limit: number;
  readonly windowMs: number;
  readonly burst: number;
  readonly per: (typeof rateLimitKeys)[number];
}

/** What became of a request that was counted. */
export interface RateCount {
  readonly allowed: boolean;
  /** Until all of the burst is there again. It is all that is to be remembered of whoever is counted. */
  readonly refillMs: number;
}

/** How long it takes to get one request back, and all of them. */
export function timesOf({ limit, windowMs, burst }: RateLimit): { readonly oneMs: number; readonly allMs: number } {
  const oneMs = windowMs / limit;
  return { oneMs, allMs: oneMs * burst };
}

/** What a sum of many times is off by, as a part of the time for one request. */
export const roundingShare = 0.001;

/**
 * Counts one more request (the generic cell rate algorithm). One that is refused does not count.
 * @param refillMs until all of the burst would have been there again; more than a whole refill, as under an earlier
 *   configuration, counts as one
 */
export function countRequest(limit: RateLimit, refillMs: number): RateCount {
  const { oneMs, allMs } = timesOf(limit);
  const before = Math.min(Math.max(refillMs, 0), allMs);
  const after = before + oneMs;
  return after > allMs + oneMs * roundingShare
    ? { allowed: false, refillMs: before }
    : { allowed: true, refillMs: after };
}

/** How many more would pass at once. */
export function remainingOf(limit: RateLimit, { refillMs }: RateCount): number {
  const { oneMs, allMs } = timesOf(limit);
  return Math.max(0, Math.floor((allMs - refillMs) / oneMs + roundingShare));
}

/** Until one more would pass; 0: it would now. */
export function waitMsOf(limit: RateLimit, { refillMs }: RateCount): number {
  const { oneMs, allMs } = timesOf(limit);
  return Math.max(0, refillMs + oneMs - allMs);
}

/** `100 in 1m, 20 at once, per token`, as people read it. */
export function describeRateLimit({ limit, windowMs, burst, per }: RateLimit): string {
  const atOnce = burst === limit ? '' : `, ${burst} at once`;
  return `${limit} in ${formatDuration(windowMs)}${atOnce}, per ${per}`;
}

/** What clients are told of a limit (draft-ietf-httpapi-ratelimit-headers-11): field values. */
export interface RateLimitFields {
  readonly policy: string;
  readonly state: string;
}

/** @param name of the policy; a route's name needs no escapes */
export function rateLimitFields(name: string, limit: RateLimit, count: RateCount): RateLimitFields {
  const left = remainingOf(limit, count);
  return {
    policy: `"${name}";q=${limit.limit};w=${Math.ceil(limit.windowMs / 1000)}`,
    state: `"${name}";r=${left};t=${Math.ceil(count.refillMs / 1000)}`,
  };
}
