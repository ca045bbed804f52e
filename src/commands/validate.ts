import type { GatewayConfig } from '../config/compiled.ts';
import type { ConfigProblem } from '../config/config-problem.ts';
import { loadConfig, type ConfigOutcome } from '../config/load.ts';
import { problemsAsJson, renderProblems } from '../config/report.ts';
import { exitCodes, refuseUsage, type Command, type CommandIo } from './command.ts';
import { configFileName } from './config-file.ts';
import { renderHelp } from './terminal/help.ts';
import { readInput, type Input, type OptionTable } from './terminal/options.ts';

const exits = { valid: 0, invalid: 1, usage: 2 } as const;

const options = {
  json: { help: 'Print as JSON' },
  strict: { help: 'Warnings count as errors' },
  online: { help: 'Ask the store of the file too, for roles that people hold and the file does not have' },
} as const satisfies OptionTable;

const help = renderHelp({
  usage: ['wayleave validate [FILE] [--strict] [--online] [--json]'],
  about: [
    'Checks a gateway.yaml without running it and prints every problem with its line, its code and what to do.',
    'Without FILE it checks WAYLEAVE_CONFIG, otherwise ./gateway.yaml. With --online it reads the store that the file',
    'names, and changes nothing there.',
  ].join('\n'),
  options,
  examples: [
    'wayleave validate',
    'wayleave validate deploy/gateway.yaml --strict --online',
    'wayleave validate --json | jq',
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
    return validate(read.input, io);
  },
};

async function validate(input: Input, io: CommandIo): Promise<number> {
  const file = input.positionals[0] ?? configFileName(input, io);
  const loaded = loadConfig(file, io.environment);
  const outcome = input.switches.has('online') ? await withFindingsOfStore(loaded, io) : loaded;
  const problems = outcome.kind === 'ok' ? outcome.warnings : outcome.problems;
  const valid = outcome.kind === 'ok' && (problems.length === 0 || !input.switches.has('strict'));
  io.stdout(input.switches.has('json') ? asJson(file, valid, outcome) : asText(file, valid, outcome));
  return valid ? exits.valid : exits.invalid;
}

/** A file that is not valid has no store to ask. */
async function withFindingsOfStore(outcome: ConfigOutcome, io: CommandIo): Promise<ConfigOutcome> {
  if (outcome.kind !== 'ok') return outcome;
  // Without --online the command has no use for a database.
  const { findDanglingRoles } = await import('./dangling-roles.ts');
  const found = outcome.locate(await findDanglingRoles(outcome.config, io.clock));
  return { ...outcome, warnings: [...outcome.warnings, ...found] };
}

function asText(file: string, valid: boolean, outcome: ConfigOutcome): string {
  const problems = outcome.kind === 'ok' ? outcome.warnings : outcome.problems;
  const parts = problems.length === 0 ? [] : [renderProblems(problems)];
  const said = valid && outcome.kind === 'ok' ? ` ${contents(outcome.config)}` : '';
  const counted = problems.length === 0 ? '' : `, ${count(problems, 'error')}, ${count(problems, 'warning')}`;
  return [...parts, `${file}: ${valid ? 'valid' : 'not valid'}${said}${counted}\n`].join('\n');
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
