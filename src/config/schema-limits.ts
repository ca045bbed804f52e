import * as z from 'zod';
import { rateLimitKeys } from '../core/rate-limit.ts';
import { count, duration } from './schema-values.ts';

const second = 1000;
const day = 86_400 * second;
const requestsMax = 1_000_000;

/** `rate_limit:` of a route. */
export const rateLimit = z
  .strictObject({
    limit: count('How many requests come back within each window, evenly.', { min: 1, max: requestsMax }),
    window: duration('The window.', { min: second, max: day }),
    burst: count('How many pass at once; without it as many as `limit`.', { min: 1, max: requestsMax }).optional(),
    per: z.enum(rateLimitKeys).prefault('token').meta({
      description:
        'What is counted together: the requests by a token, of a user, of an organisation, or from an address (of IPv6: from the first 64 bits). An assumed user counts as whoever assumes.',
    }),
  })
  .meta({
    description:
      'How many requests pass here, such as { limit: 100, window: 1m, burst: 20, per: token }; more get 429. All nodes count together where store.redis is set.',
    examples: [{ limit: 100, window: '1m', burst: 20, per: 'token' }],
  });
