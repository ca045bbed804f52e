import { loadConfig, type ConfigOutcome } from '../config/load.ts';
import { renderProblems } from '../config/report.ts';
import { startGateway, type GatewayOptions } from '../serve.ts';
import { startDemo } from '../serve-demo.ts';
import { exitCodes, refuseUsage, type Command, type CommandIo } from './command.ts';
import { configFileName, configOption } from './config-file.ts';
import { storeLocation } from './store-location.ts';
import { renderHelp } from './terminal/help.ts';
import { readInput, type Input, type OptionTable } from './terminal/options.ts';
import { firstSignal, takeHangups } from './terminal/signals.ts';
import { programVersion } from './version.ts';

const options = {
  demo: { help: 'Also start the demo upstream, and print a token and a curl line to try; on this machine alone' },
  ...configOption,
} as const satisfies OptionTable;

const help = renderHelp({
  usage: ['wayleave serve [--demo] [options]'],
  about: [
    'Opens the listeners of gateway.yaml and serves until SIGINT (Ctrl-C) or SIGTERM. Requests under way may then finish;',
    'a second signal ends it at once. Log lines (JSON) go to standard output.',
  ].join('\n'),
  options,
  examples: ['wayleave serve', 'wayleave serve --demo', 'WAYLEAVE_CONFIG=/etc/wayleave/gateway.yaml wayleave serve'],
});

/** `wayleave serve` */
export const serveCommand: Command = {
  summary: 'Run the gateway',
  help,
  run: async (args, io) => {
    const read = readInput(args, options);
    if (read.kind === 'wrong') return refuseUsage(io, 'serve', read.message);
    if (read.kind === 'help') {
      io.stdout(help);
      return exitCodes.done;
    }
    return serve(read.input, io);
  },
};

async function serve(input: Input, io: CommandIo): Promise<number> {
  const loaded = loadConfig(configFileName(input, io), io.environment);
  io.stderr(renderProblems(loaded.kind === 'ok' ? loaded.warnings : loaded.problems));
  if (loaded.kind === 'invalid') return exitCodes.failed;
  const signal = firstSignal(io);
  const onHangup = takeHangups();
  const { lost, lose } = watchStore();
  const started = input.switches.has('demo')
    ? await startDemo({ ...gatewayOptions(loaded, io, demoGraceMs), onLost: lose })
    : await startGateway({ ...gatewayOptions(loaded, io, graceMs), onLost: lose });
  if ('message' in started) return refuseUsage(io, 'serve', started.message);
  if ('banner' in started) io.stdout(started.banner);
  onHangup(() => void started.reload('signal'));
  const reason = await Promise.race([signal, lost]);
  io.stderr(
    reason === undefined ? 'stopping; requests under way may finish, another signal stops at once\n' : lostText(reason),
  );
  await started.stop();
  return reason === undefined ? exitCodes.done : exitCodes.failed;
}

/** Resolves `lost` when `lose` is told why the gateway cannot go on. */
function watchStore(): { lost: Promise<Error>; lose: (reason: Error) => void } {
  const waiting: ((reason: Error) => void)[] = [];
  const lost = new Promise<Error>((resolve) => waiting.push(resolve));
  return {
    lost,
    lose: (reason) => {
      for (const tell of waiting) tell(reason);
    },
  };
}

function lostText({ message }: Error): string {
  return (
    `wayleave serve: the embedded store has ended by itself (${message}), so the gateway stops. ` +
    'What it had confirmed is on the disk; start it again.\n'
  );
}

/** How long a stop goes on accepting, so that load balancers see `/readyz` say no first; the demo has none. */
const graceMs = 1000;
const demoGraceMs = 0;

function gatewayOptions(
  { config, shown }: Extract<ConfigOutcome, { readonly kind: 'ok' }>,
  io: CommandIo,
  grace: number,
): Omit<GatewayOptions, 'onLost'> {
  return {
    config,
    source: { shown, read: () => Promise.resolve(loadConfig(config.file, io.environment)) },
    store: storeLocation(config),
    secretKey: io.environment.secretKey,
    version: programVersion(),
    clock: io.clock,
    graceMs: grace,
  };
}
