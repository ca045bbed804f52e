import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { onCleanup } from '../support/cleanup.ts';
import { startGateway, type RunningGateway } from '../support/gateway.ts';
import { holdLock } from '../support/held-lock.ts';
import { programPath } from '../support/program.ts';

// A start for which the store has no time.

const patient = { timeout: 120_000 };
const yaml = `
upstreams: { up: { targets: [ "http://127.0.0.1:9" ] } }
routes: [ { name: all, match: { path: /** }, upstream: up, public: true } ]
`;

/** Begins a start beside a gateway, on its database and with its file. */
async function beginStart({ configFile, env }: RunningGateway) {
  const child = spawn(process.execPath, [await programPath(), 'serve', '--config', configFile], { env });
  onCleanup(() => void child.kill('SIGKILL'));
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  return { child, said: () => said };
}

test('a start waits for a store that is busy longer than a call may take', patient, async () => {
  const first = await startGateway({ yaml });
  const letGo = await holdLock(first.databaseUrl, 'LOCK TABLE signing_keys IN ACCESS EXCLUSIVE MODE');
  const starting = startGateway({ yaml, databaseUrl: first.databaseUrl });
  // Longer than the 750 ms of one call, from when the start has come so far.
  await delay(4000);
  await letGo();
  expect((await starting).isAlive()).toBe(true);
});

test('a start that waits for a store ends when it is told to', patient, async () => {
  const first = await startGateway({ yaml });
  await holdLock(first.databaseUrl, 'SELECT pg_advisory_xact_lock(7749283001)');
  const { child, said } = await beginStart(first);
  await delay(3000);
  expect(child.exitCode, said()).toBeNull();
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const [code] = (await Promise.race([ended, delay(20_000, ['still there'])])) as [number | string | null];
  expect(code, said()).toBe(1);
});
