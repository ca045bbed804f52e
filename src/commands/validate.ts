import type { GatewayConfig } from '../config/compiled.ts';
import type { ConfigProblem } from '../config/config-problem.ts';
import { loadConfig, type ConfigOutcome } from '../config/load.ts';
import { problemsAsJson, renderProblems } from '../config/report.ts';
import { exitCodes, refuseUsage, type Command, type CommandIo } from './command.ts';
import { configFileName } from './config-file.ts';
import { githubAnnotations } from './validation/github-annotations.ts';
import { renderHelp } from './terminal/help.ts';
import { readInput, type Input, type OptionTable } from './terminal/options.ts';

const exits = { valid: 0, invalid: 1, usage: 2 } as const;

const options = {
  format: { value: 'FORMAT', help: 'text unless told; json; github: annotations at the lines of a pull request' },
  json: { help: 'The same as --format json' },
  strict: { help: 'Warnings count as errors' },
  online: {
    help: 'Also ask the store of the file for roles that it does not have and tokens that it cuts, and its upstreams',
  },
} as const satisfies OptionTable;

const help = renderHelp({
  usage: ['wayleave validate [FILE] [--strict] [--online] [--json | --format FORMAT]'],
  about: [
    'Checks a gateway.yaml without running it and prints every problem with its line, its code and what to do.',
    'Without FILE it checks WAYLEAVE_CONFIG, otherwise ./gateway.yaml. With --online it reads the store that the file',
    'names, and changes nothing there. A warning is told no more where its line ends in  # lint: allow CODE',
  ].join('\n'),
  options,
  examples: [
    'wayleave validate',
    'wayleave validate deploy/gateway.yaml --strict --online',
    'wayleave validate --json | jq',
    'wayleave validate --strict --format github',
  ],
  exits: '0 valid, 1 invalid, 2 called wrongly',
});

/** `wayleave validate` */
export const validateCommand: Command = {
  summary: 'Check a gateway.yaml',
  help,
  run: async (args, io) => {
    const read = readInput(args, options, ['[FILE]']);
    if (read.kind === 'help') {
      io.stdout(help);
      return exitCodes.done;
    }
    if (read.kind === 'wrong') return refuseUsage(io, 'validate', read.message, exits.usage);
    const format = formatOf(read.input);
    if (format !== undefined) return validate(read.input, format, io);
    return refuseUsage(io, 'validate', '--format is text, json or github, and --json is json', exits.usage);
  },
};

const writers = { text: asText, json: asJson, github: asAnnotations } as const;
type Format = keyof typeof writers;

/** undefined: what is asked for is none, or is two. */
function formatOf({ values, switches }: Input): Format | undefined {
  const format = values['format'] ?? (switches.has('json') ? 'json' : 'text');
  if (switches.has('json') && format !== 'json') return undefined;
  return format === 'text' || format === 'json' || format === 'github' ? format : undefined;
}

async function validate(input: Input, format: Format, io: CommandIo): Promise<number> {
  const file = input.positionals[0] ?? configFileName(input, io);
  const loaded = loadConfig(file, io.environment);
  const outcome = input.switches.has('online') ? await withOnlineFindings(loaded, io) : loaded;
  const problems = outcome.kind === 'ok' ? outcome.warnings : outcome.problems;
  const valid = outcome.kind === 'ok' && (problems.length === 0 || !input.switches.has('strict'));
  io.stdout(writers[format](file, valid, outcome));
  return valid ? exits.valid : exits.invalid;
}

/** A file that is not valid has no store to ask. */
async function withOnlineFindings(outcome: ConfigOutcome, io: CommandIo): Promise<ConfigOutcome> {
  if (outcome.kind !== 'ok') return outcome;
  // Without --online the command has no use for a database.
  const { findOnline } = await import('./validation/online.ts');
  const found = outcome.locate(await findOnline(outcome.config, io.clock));
  return { ...outcome, warnings: [...outcome.warnings, ...found] };
}

function asText(file: string, valid: boolean, outcome: ConfigOutcome): string {
  const problems = outcome.kind === 'ok' ? outcome.warnings : outcome.problems;
  const parts = problems.length === 0 ? [] : [renderProblems(problems)];
  return [...parts, summary(file, valid, outcome)].join('\n');
}

function summary(file: string, valid: boolean, outcome: ConfigOutcome): string {
  const problems = outcome.kind === 'ok' ? outcome.warnings : outcome.problems;
  const said = valid && outcome.kind === 'ok' ? ` ${contents(outcome.config)}` : '';
  const counted = problems.length === 0 ? '' : `, ${count(problems, 'error')}, ${count(problems, 'warning')}`;
  return `${file}: ${valid ? 'valid' : 'not valid'}${said}${counted}\n`;
}

/** Annotations are commands on standard output; beside them the last line says what came of it. */
function asAnnotations(file: string, valid: boolean, outcome: ConfigOutcome): string {
  const problems = outcome.kind === 'ok' ? outcome.warnings : outcome.problems;
  return `${githubAnnotations(problems)}${summary(file, valid, outcome)}`;
}

function contents({ revision, routes, upstreams, scopes }: GatewayConfig): string {
  const parts = [plural(routes.length, 'route'), plural(upstreams.size, 'upstream'), plural(scopes.size, 'scope')];
  return `(revision ${revision}: ${parts.join(', ')})`;
}

function count(problems: readonly ConfigProblem[], severity: ConfigProblem['severity']): string {
  return plural(problems.filter((problem) => problem.severity === severity).length, severity);
}

function plural(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

function asJson(file: string, valid: boolean, outcome: ConfigOutcome): string {
  const revision = outcome.kind === 'ok' ? outcome.config.revision : null;
  const problems = problemsAsJson(outcome.kind === 'ok' ? outcome.warnings : outcome.problems);
  return `${JSON.stringify({ file, valid, revision, problems }, null, 2)}\n`;
}
