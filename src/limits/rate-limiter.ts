import type { RateCount, RateLimit } from '../core/rate-limit.ts';
import type { NodeCounts } from './node-counts.ts';
import type { RedisCounts } from './redis-counts.ts';

export interface RateLimiterOptions {
  readonly own: NodeCounts;
  /** The counts that all nodes share, where there are any. */
  readonly shared?: Pick<RedisCounts, 'count'> | undefined;
  /** A request was over the limit. */
  readonly onLimited: (route: string) => void;
  /** Redis did not answer, so this node counted alone. */
  readonly onAlone: () => void;
}

/**
 * Counts requests against the limit of their route. With Redis the count is that of all nodes. Each request counts here
 * too, so that what passes while Redis does not answer is bounded as well, and Redis is not asked about whoever has
 * nothing left: that comes back with time alone.
 */
export class RateLimiter {
  readonly #options: RateLimiterOptions;

  constructor(options: RateLimiterOptions) {
    this.#options = options;
  }

  /** Counts one request, at once where nodes do not share their counts. Never rejects. @param who whoever is counted */
  count(route: string, who: string, limit: RateLimit): RateCount | Promise<RateCount> {
    const { own, shared } = this.#options;
    const key = `${route} ${limit.per} ${who}`;
    const counted = own.count(key, limit);
    if (shared === undefined || !counted.allowed) return this.#told(route, counted);
    return shared.count(key, limit).then((count) => {
      if (count === undefined) this.#options.onAlone();
      else own.learn(key, count);
      return this.#told(route, count ?? counted);
    });
  }

  #told(route: string, count: RateCount): RateCount {
    if (!count.allowed) this.#options.onLimited(route);
    return count;
  }
}
