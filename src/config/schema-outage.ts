import * as z from 'zod';
import { parseDuration } from '../lib/units.ts';
import { quote } from './config-problem.ts';
import { asMap } from './file-names.ts';
import { choice, duration, text } from './schema-values.ts';

const hour = 3_600_000;

/** The bounds of `stale_for`, on `cache` as on a route. */
export const staleBounds = { min: 0, max: hour, because: 'a token revoked meanwhile would go on working' };

const deny = z.literal('deny').transform(() => 0);
const noPolicy = text({ title: 'deny, or a map with stale_for' }, (value) => {
  const example = parseDuration(value) === undefined ? '30s' : value;
  return { code: 'invalid-value', message: `takes deny or { stale_for: ${example} }, not ${quote(value)}` };
}).transform(() => 0);
const bounded = z
  .strictObject({
    stale_for: duration('How long past ttl a known token passes here while no store answers.', staleBounds),
  })
  .transform(({ stale_for }) => stale_for);

/** `on_store_down:` of a route, read as the milliseconds for which stale records are served there. */
export const onStoreDown = choice(
  [deny, bounded],
  (value) => {
    if (asMap(value) !== undefined) return bounded;
    return value === 'deny' ? deny : noPolicy;
  },
  'What known tokens may do here while no store answers: `deny`, or { stale_for: 30s }. Without it cache.stale_for holds.',
);
