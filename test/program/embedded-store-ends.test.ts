import { expect, test } from 'vitest';
import { startCli, usedGatewayFolder } from '../commands/cli-process.ts';

/**
 * Loaded into the program before all else: SIGUSR2 ends the thread of its embedded store. The thread in which Node loads
 * modules is one of another class.
 */
const hook = `process.on('worker', (worker) => {
  if (worker.constructor.name === 'Worker') process.once('SIGUSR2', () => void worker.terminate());
});`;

test('a gateway whose embedded store has ended by itself ends with exit 1 and says why', async () => {
  const { file } = await usedGatewayFolder();
  const preload = `--import=data:text/javascript,${encodeURIComponent(hook)}`;
  const cli = startCli(['serve', '--config', file], { NODE_OPTIONS: preload });
  await cli.untilStdout('"msg":"serving"');
  cli.process.kill('SIGUSR2');
  const { exit, stderr } = await cli.finished;
  expect(stderr).toMatch(/^wayleave serve: the embedded store has ended by itself \(.*\), so the gateway stops\. /m);
  expect(exit).toBe(1);
}, 60_000);
