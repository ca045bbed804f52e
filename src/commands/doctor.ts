import { loadConfig } from '../config/load.ts';
import { exitCodes, refuseUsage, type Command, type CommandIo } from './command.ts';
import { configFileName, configOption } from './config-file.ts';
import type { Check, CheckResult } from './doctor/check.ts';
import { checkCertificates, checkDataDirectory, checkRuntime, checkSecretKey } from './doctor/local.ts';
import { checkListeners, checkServer, checkUpstreams } from './doctor/network.ts';
import { checkRedis, checkStore } from './doctor/store.ts';
import { renderHelp } from './terminal/help.ts';
import { readInput, type Input, type OptionTable } from './terminal/options.ts';
import { paint, printable, type Colour } from './terminal/text.ts';

const options = {
  server: { value: 'URL', help: 'The admin listener; otherwise WAYLEAVE_SERVER, otherwise http://127.0.0.1:8081' },
  json: { help: 'Print as JSON' },
  ...configOption,
} as const satisfies OptionTable;

const help = renderHelp({
  usage: ['wayleave doctor [options]'],
  about: [
    'Looks at everything that a start needs: the file, the secret key, the store and its schema, Redis, the addresses to',
    'listen on, certificates, upstreams; and at the gateway that runs, if one does. It changes nothing.',
  ].join('\n'),
  options,
  examples: ['wayleave doctor', 'wayleave doctor --config /etc/wayleave/gateway.yaml --json'],
  exits: '0 nothing stands in the way of a start, 1 something does',
});

/** `wayleave doctor` */
export const doctorCommand: Command = {
  summary: 'Look at everything that a start needs',
  help,
  run: async (args, io) => {
    const read = readInput(args, options);
    if (read.kind === 'wrong') return refuseUsage(io, 'doctor', read.message);
    if (read.kind === 'input') return examine(read.input, io);
    io.stdout(help);
    return exitCodes.done;
  },
};

async function examine(input: Input, io: CommandIo): Promise<number> {
  const server = input.values['server'] ?? io.environment.server ?? 'http://127.0.0.1:8081';
  if (!URL.canParse(server)) return refuseUsage(io, 'doctor', `the server "${server}" is no URL`);
  const results = [checkRuntime(process.versions.node), ...(await ofFile(input, io, new URL(server).origin))];
  io.stdout(input.switches.has('json') ? `${JSON.stringify(results, null, 2)}\n` : asText(results, io));
  return results.some(({ state }) => state === 'failed') ? exitCodes.failed : exitCodes.done;
}

async function ofFile(input: Input, io: CommandIo, server: string): Promise<CheckResult[]> {
  const file = configFileName(input, io);
  const about = 'gateway.yaml';
  const outcome = loadConfig(file, io.environment);
  if (outcome.kind === 'invalid') {
    const text = `${file} has ${outcome.problems.length} ${outcome.problems.length === 1 ? 'error' : 'errors'}`;
    return [{ state: 'failed', about, text, fix: `wayleave validate ${file}` }];
  }
  const { length } = outcome.warnings;
  const read: CheckResult =
    length === 0
      ? { state: 'ok', about, text: `${file} is valid` }
      : {
          state: 'warning',
          about,
          text: `${file} is valid, with warnings: ${length}`,
          fix: `wayleave validate ${file}`,
        };
  const checks: readonly Check[] = [
    checkSecretKey,
    checkDataDirectory,
    checkStore,
    checkRedis,
    checkListeners,
    checkCertificates,
    checkUpstreams,
    checkServer(server),
  ];
  const found = await Promise.all(checks.map((check) => check(outcome.config, io)));
  return [read, ...found.flat()];
}

const marks = { ok: 'ok  ', note: 'note', warning: 'warn', failed: 'FAIL' } as const;
const colours: Readonly<Record<CheckResult['state'], Colour>> = {
  ok: 'green',
  note: 'dim',
  warning: 'yellow',
  failed: 'red',
};

function asText(results: readonly CheckResult[], io: CommandIo): string {
  const width = Math.max(...results.map(({ about }) => about.length));
  const lines = results.flatMap(({ state, about, text, fix }) => [
    `${paint(marks[state], colours[state], io.terminal.colours)}  ${about.padEnd(width)}  ${printable(text)}`,
    ...(fix === undefined ? [] : [`${' '.repeat(6 + width)}  fix: ${printable(fix)}`]),
  ]);
  return `${lines.join('\n')}\n`;
}
