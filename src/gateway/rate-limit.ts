import { networkOf } from '../core/address-network.ts';
import type { Problem } from '../core/problem.ts';
import {
  describeRateLimit,
  rateLimitFields,
  waitMsOf,
  type RateCount,
  type RateLimit,
  type RateLimitFields,
} from '../core/rate-limit.ts';
import type { Route } from '../core/route.ts';
import type { TokenRecord } from '../core/token-record.ts';
import type { Allowed, Decision } from './decide.ts';

/** Counts requests; where nodes count together, that takes a moment. Never rejects. */
export interface RateLimiter {
  count(route: string, who: string, limit: RateLimit): RateCount | Promise<RateCount>;
}

/**
 * Counts a request that may pass against the limit of its route, and refuses it when it is over. It is done once, by
 * whoever sends the request on: to judge it again, beside it or for an explanation counts nothing.
 * @param address where the request comes from
 */
export function limitRate(
  allowed: Allowed,
  limit: RateLimit,
  address: string,
  limiter: RateLimiter,
): Decision | Promise<Decision> {
  const count = limiter.count(allowed.route.name, whoOf(limit, allowed.record, address), limit);
  return count instanceof Promise
    ? count.then((known) => judged(allowed, limit, known))
    : judged(allowed, limit, count);
}

/** Header lines that tell a client of the limit; none where there is none. */
export function rateLimitNotice({ route, counted }: Allowed): string[] {
  if (counted === undefined || route.rateLimit === undefined) return [];
  const { policy, state } = rateLimitFields(route.name, route.rateLimit, counted);
  return ['ratelimit-policy', policy, 'ratelimit', state];
}

/** An assumed user's requests are those of the actor, by the actor's own token. */
function whoOf({ per }: RateLimit, record: TokenRecord | undefined, address: string): string {
  const own = record?.assumption?.redeemer ?? record;
  // Without a token there is nobody but an address; the checks of gateway.yaml see to it that there is no other limit.
  if (per === 'ip' || own === undefined) return networkOf(address);
  switch (per) {
    case 'token':
      return own.id;
    case 'user':
      return own.owner.id;
    case 'organization':
      return own.owner.organization.id;
  }
}

function judged(allowed: Allowed, limit: RateLimit, counted: RateCount): Decision {
  if (counted.allowed) return { ...allowed, counted };
  const { route, record, found } = allowed;
  return { kind: 'denied', problem: overLimit(route, limit, counted), route, record, found };
}

function overLimit(route: Route, limit: RateLimit, count: RateCount): Problem & { rateLimit: RateLimitFields } {
  const seconds = Math.max(1, Math.ceil(waitMsOf(limit, count) / 1000));
  return {
    code: 'rate_limited',
    detail: `the route "${route.name}" takes ${describeRateLimit(limit)}; the next one passes in ${seconds} s`,
    retryAfterSeconds: seconds,
    rateLimit: rateLimitFields(route.name, limit, count),
  };
}
