import { readFile } from 'node:fs/promises';
import { connectionOptions, connectWithoutToken } from './api/connection.ts';
import { failureText } from './api/failure-text.ts';
import { createdNotes, createdShape, newTokenBody, newTokenOptions, twoEnds } from './api/token-create.ts';
import { exitCodes, refuseUsage, type Command, type CommandIo } from './command.ts';
import { renderHelp } from './terminal/help.ts';
import { readInput, type Input, type OptionTable } from './terminal/options.ts';

const options = {
  ...newTokenOptions,
  scopes: { value: 'A,B', help: 'What the token may do; nothing beyond your roles' },
  'allowed-ips': { value: 'A,B', help: 'Address blocks it may be used from; anywhere unless told' },
  'code-file': { value: 'FILE', help: 'Read the code from a file; otherwise it comes from standard input' },
  json: { help: "Print the server's answer as JSON" },
  server: connectionOptions.server,
} as const satisfies OptionTable;

const help = renderHelp({
  usage: ['wayleave enrol --name NAME --scopes A,B [options]'],
  about: [
    'Uses the enrolment code that an admin has given you up for your first token; its secret is printed once, alone on',
    'standard output. The code counts once. It is never an argument, for others can read those.',
  ].join('\n'),
  options,
  examples: [
    'wayleave enrol --name laptop --scopes wayleave:self,device:read',
    'wayleave enrol --name laptop --scopes wayleave:self,device:read < code.txt',
    'WAYLEAVE_TOKEN=$(wayleave enrol --name laptop --scopes wayleave:self --code-file code.txt)',
  ],
});

/** `wayleave enrol` */
export const enrolCommand: Command = {
  summary: 'Use an enrolment code up for your first token',
  help,
  run: async (args, io) => {
    const read = readInput(args, options);
    if (read.kind === 'help') {
      io.stdout(help);
      return exitCodes.done;
    }
    if (read.kind === 'wrong') return refuseUsage(io, 'enrol', read.message);
    const missing = (['name', 'scopes'] as const).find((name) => read.input.values[name] === undefined);
    if (missing !== undefined) return refuseUsage(io, 'enrol', `--${missing} ${options[missing].value} is missing`);
    return enrol(read.input, io);
  },
};

async function enrol(input: Input, io: CommandIo): Promise<number> {
  const token = newTokenBody(input);
  if (token === undefined) return refuseUsage(io, 'enrol', twoEnds);
  const connection = connectWithoutToken(input, io);
  if (connection.kind === 'wrong') return refuseUsage(io, 'enrol', connection.message);
  if (connection.warning !== undefined) io.stderr(`${connection.warning}\n`);
  const code = await readCode(input, io);
  if (code.kind === 'wrong') return refuseUsage(io, 'enrol', code.message);
  const call = { method: 'POST', path: ['enrol'], body: { code: code.code, token } } as const;
  const answer = await connection.client.call(call, createdShape);
  if (answer.kind === 'failed') {
    io.stderr(`wayleave enrol: ${failureText(answer.failure, 'code')}`);
    return exitCodes.failed;
  }
  for (const note of createdNotes(answer.body.token, io.clock.now())) io.stderr(`${note}\n`);
  io.stdout(input.switches.has('json') ? `${JSON.stringify(answer.body, null, 2)}\n` : `${answer.body.secret}\n`);
  return exitCodes.done;
}

type Code = { readonly kind: 'code'; readonly code: string } | { readonly kind: 'wrong'; readonly message: string };

async function readCode(input: Input, io: CommandIo): Promise<Code> {
  const file = input.values['code-file'];
  const text =
    file === undefined ? await typed(io) : await readFile(file, 'utf8').catch((error: unknown) => failureOf(error));
  if (typeof text !== 'string')
    return { kind: 'wrong', message: `--code-file ${file} cannot be read (${text.reason})` };
  const code = text.trim();
  if (/^[\x21-\x7e]{1,200}$/.test(code)) return { kind: 'code', code };
  const source = file === undefined ? 'standard input' : file;
  return {
    kind: 'wrong',
    message: `there is no enrolment code in ${source}: one word such as wl_enr_…, and nothing else`,
  };
}

function typed(io: CommandIo): Promise<string> {
  return io.terminal.interactive ? io.ask('Enrolment code: ') : io.stdin();
}

function failureOf(error: unknown): { readonly reason: string } {
  return { reason: error instanceof Error && 'code' in error ? String(error.code) : String(error) };
}
