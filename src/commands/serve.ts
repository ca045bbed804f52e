import { loadConfigApart } from '../config/load-apart.ts';
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
  shadow: {
    value: 'FILE',
    help: 'Another gateway.yaml: decides beside, is counted and logged where it differs, never serves',
  },
  'no-watch': { help: 'Take a changed gateway.yaml only when told to, by SIGHUP or `wayleave reload`' },
  ...configOption,
} as const satisfies OptionTable;

const help = renderHelp({
  usage: ['wayleave serve [--demo] [options]'],
  about: [
    'Opens the listeners of gateway.yaml and serves until SIGINT (Ctrl-C) or SIGTERM. Requests under way may then finish;',
    'a second signal ends it at once. A changed gateway.yaml comes into force by itself when it is valid, and on SIGHUP.',
    'Log lines (JSON) go to standard output.',
  ].join('\n'),
  options,
  examples: [
    'wayleave serve',
    'wayleave serve --demo',
    'WAYLEAVE_CONFIG=/etc/wayleave/gateway.yaml wayleave serve',
    'wayleave serve --shadow next.yaml',
  ],
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
  const readAtMs = io.clock.now();
  const loaded = load(configFileName(input, io), io);
  const shadowFile = input.values['shadow'];
  const shadow = shadowFile === undefined ? undefined : load(shadowFile, io);
  if (loaded.kind === 'invalid' || shadow?.kind === 'invalid') return exitCodes.failed;
  const signal = firstSignal(io);
  const onHangup = takeHangups(io);
  const { lost, lose } = watchStore();
  let isStarting = true;
  void signal.then(() => setTimeout(() => isStarting && process.exit(exitCodes.failed), startGraceMs).unref());
  const isDemo = input.switches.has('demo');
  const isWatched = !input.switches.has('no-watch');
  const watchSinceMs = isWatched ? readAtMs : undefined;
  const common = { ...gatewayOptions(loaded, shadow, io), onLost: lose, watchSinceMs };
  const started = isDemo
    ? await startDemo({ ...common, graceMs: demoGraceMs })
    : await startGateway({ ...common, graceMs });
  isStarting = false;
  if ('message' in started) return refuseUsage(io, 'serve', started.message);
  if ('banner' in started) io.stdout(started.banner);
  onHangup(() => void started.reload());
  const reason = await Promise.race([signal, lost]);
  io.stderr(
    reason === undefined ? 'stopping; requests under way may finish, another signal stops at once\n' : lostText(reason),
  );
  await started.stop();
  return reason === undefined ? exitCodes.done : exitCodes.failed;
}

type GoodFile = Extract<ConfigOutcome, { readonly kind: 'ok' }>;

/** Reads a gateway.yaml, and shows what is to be said of it. */
function load(file: string, io: CommandIo): ConfigOutcome {
  const loaded = loadConfig(file, io.environment);
  io.stderr(renderProblems(loaded.kind === 'ok' ? loaded.warnings : loaded.problems));
  return loaded;
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
/** How long a start that is told to stop may take to come to its end; it may wait for a store. */
const startGraceMs = 3000;

function gatewayOptions(
  { config, shown }: GoodFile,
  shadow: GoodFile | undefined,
  io: CommandIo,
): Omit<GatewayOptions, 'onLost' | 'graceMs' | 'watchSinceMs'> {
  return {
    config,
    source: { shown, read: () => loadConfigApart(config.file, io.environment) },
    shadow: shadow && {
      config: shadow.config,
      read: () => loadConfigApart(shadow.config.file, io.environment),
    },
    store: storeLocation(config),
    secretKey: io.environment.secretKey,
    version: programVersion(),
    clock: io.clock,
  };
}
