import { randomBytes } from 'node:crypto';
import { askForServer } from './shared-servers.ts';

export { startRedis } from './redis-server.ts';

export interface SharedRedis {
  /** As REDIS_URL. */
  readonly url: string;
  /** What every key and channel of this test begins with, for other test files use the same server. */
  readonly keyPrefix: string;
}

/** The Redis that all test files share. A test that empties, stops or freezes Redis starts its own by `startRedis`. */
export async function sharedRedis(): Promise<SharedRedis> {
  return { url: await askForServer('redis'), keyPrefix: `wl-test-${randomBytes(8).toString('hex')}:` };
}
