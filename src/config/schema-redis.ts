import { parseRedisUrl, type RedisAddress } from '../core/redis-url.ts';
import { text } from './schema-values.ts';

/** Where the shared cache is. */
export const redis = text(
  {
    title: 'the URL of a Redis',
    description:
      'A cache that all nodes share, and the quickest way to tell them of changes. redis://user:password@host:6379/0, ' +
      'redis+sentinel://host:26379,host:26379/master-name/0 or redis+cluster://host:6379,host:6379; rediss for TLS. Empty: none.',
    examples: ['${REDIS_URL:-}'],
    pattern: '^(rediss?(\\+(sentinel|cluster))?://\\S+)?$',
  },
  (value) => {
    const outcome = value === '' ? undefined : parseRedisUrl(value);
    if (outcome?.kind !== 'invalid') return undefined;
    const message = `this is not the URL of a Redis: ${outcome.reason}`;
    const fix =
      'write redis://user:password@host:6379/0, redis+sentinel://host:26379/master-name or redis+cluster://host:6379; rediss is TLS';
    return { code: 'invalid-url', message, fix };
  },
);

/** The address in a URL that has been found good. */
export function compileRedis(url: string): RedisAddress | undefined {
  const outcome = url === '' ? undefined : parseRedisUrl(url);
  return outcome?.kind === 'ok' ? outcome.address : undefined;
}
