import { cleanUp } from './cleanup.ts';
import { findChromium } from './chromium-binary.ts';
import { compileProgram } from './program.ts';
import { startPostgres } from './postgres-server.ts';
import { startRedis } from './redis-server.ts';
import { killLeftServers } from './server-process.ts';
import { SharedServers } from './shared-servers.ts';

/** Runs once, in vitest's main process, before the first test file; what it returns runs after the last. */
export default async function setup(): Promise<() => Promise<void>> {
  const shared = new SharedServers({
    postgres: async () => process.env['TEST_DATABASE_URL'] ?? (await startPostgres()).url,
    redis: async () => process.env['TEST_REDIS_URL'] ?? (await startRedis()).url,
    chromium: findChromium,
    program: compileProgram,
  });
  await shared.listen();
  // Ctrl-C ends worker processes before they can stop what they started; ahead of the removal of their notes.
  process.prependOnceListener('exit', killLeftServers);
  return async () => {
    await shared.close();
    await cleanUp();
    killLeftServers();
  };
}
