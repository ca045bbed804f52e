import type { ExplanationDocument } from '../core/explanation.ts';
import { refuseUsage, type Command, type CommandIo } from './command.ts';
import { configOption, openConfig } from './config-file.ts';
import { askAboutPast, askServer, type ServerExplanation } from './api/explanation.ts';
import { failureText } from './api/failure-text.ts';
import { explainFile } from './explanation/explain-file.ts';
import { readQuestion } from './explanation/question.ts';
import { renderExplanation } from './explanation/render.ts';
import { saveCase, unsavable } from './explanation/save-case.ts';
import { renderHelp } from './terminal/help.ts';
import { readInput, type Input, type OptionTable } from './terminal/options.ts';

const exits = { allow: 0, failed: 1, deny: 3 } as const;

const options = {
  host: { value: 'HOST', help: 'The Host header; localhost unless told' },
  scopes: { value: 'A,B', help: 'Ask as a user who does not exist, whose token has these scopes' },
  kind: { value: 'KIND', help: 'That user is human (unless told) or service' },
  org: { value: 'ORG', help: 'That user is of this organisation' },
  as: { value: 'USER', help: 'Ask as a real user: an id, or username@org-slug; --scopes then narrows the token' },
  assume: {
    value: 'USER',
    help: 'Ask as somebody who assumes this user: --as, or nobody in particular; --scopes are of the assume-user token',
  },
  'read-only': { help: 'With --assume: the assume-user token is for reading alone' },
  token: { value: '-', help: 'Ask with a real token, read from standard input' },
  from: { value: 'IP', help: "The client's address" },
  'request-id': { value: 'ID', help: 'Explain a request that was made lately, as answers and logs name it' },
  server: { value: 'URL', help: 'Ask the gateway behind this admin listener, as the token of WAYLEAVE_TOKEN' },
  save: { value: 'FILE', help: 'Add the question and its answer to a file of cases for wayleave test-routes' },
  json: { help: 'Print as JSON' },
  ...configOption,
} as const satisfies OptionTable;

const help = renderHelp({
  usage: ['wayleave explain METHOD PATH [options]', 'wayleave explain --request-id ID [--server URL]'],
  about: [
    'Decides a request that nobody sent, by the code that decides in the gateway, and shows each step with the rule',
    'and the line of gateway.yaml that settled it. Without --server it reads the file, and nothing has to run; users and',
    'tokens are then looked up in the store that the file names. With --server a running gateway decides by what it has',
    'in force; without WAYLEAVE_TOKEN, the token of --token - also makes that call. Requests that were made are looked for',
    'on every node.',
  ].join('\n'),
  options,
  examples: [
    'wayleave explain GET /api/devices/42 --scopes device:read',
    'wayleave explain POST /api/devices --scopes device:read --host api.example.com',
    'wayleave explain GET /api/devices/42 --token - --server http://127.0.0.1:8081 < token.txt',
    'wayleave explain DELETE /api/devices/42 --as sam@support --assume ada@acme',
    'wayleave explain --request-id 0d9c3b9a-4f57-4c0e-9a53-1b2f0f3f7c11',
    'wayleave explain GET /api/devices/42 --scopes device:read --save cases.yaml',
    'wayleave explain GET /status --json',
  ],
  exits: '0 it would be allowed, 3 it would be denied, 1 the question makes no sense',
});

/** `wayleave explain` */
export const explainCommand: Command = {
  summary: 'Show step by step why a request would be allowed or denied',
  help,
  run: async (args, io) => {
    const read = readInput(args, options, ['[METHOD]', '[PATH]']);
    if (read.kind === 'help') {
      io.stdout(help);
      return exits.allow;
    }
    if (read.kind === 'wrong') return refuseUsage(io, 'explain', read.message);
    return explain(read.input, io);
  },
};

async function explain(input: Input, io: CommandIo): Promise<number> {
  const { server, save, 'request-id': requestId } = input.values;
  const fault = save === undefined ? undefined : unsavable(input);
  if (fault !== undefined) return refuseUsage(io, 'explain', fault);
  const asked =
    server === undefined && requestId === undefined ? await askFile(input, io) : await askRunning(input, io);
  if (typeof asked === 'number') return asked;
  const text = input.switches.has('json')
    ? `${JSON.stringify(asked, null, 2)}\n`
    : renderExplanation(asked, io.terminal.colours);
  io.stdout(text);
  if (save !== undefined && !keep(save, input, asked, io)) return exits.failed;
  return asked.decision === 'allow' ? exits.allow : exits.deny;
}

/** @returns whether the file has the case now */
function keep(file: string, input: Input, asked: ExplanationDocument, io: CommandIo): boolean {
  const saved = saveCase(file, input, asked);
  if (saved.kind === 'wrong') io.stderr(`${saved.message}\n`);
  else io.stderr(saved.kind === 'saved' ? `added to ${file}\n` : `${file} has this case already\n`);
  return saved.kind !== 'wrong';
}

/** @returns an exit code when there is no explanation */
async function askFile(input: Input, io: CommandIo): Promise<ExplanationDocument | number> {
  const config = openConfig(input, io);
  if (config === undefined) return exits.failed;
  const question = readQuestion(input);
  if (question.kind === 'wrong') return refuseUsage(io, 'explain', question.message);
  const explained = await explainFile(input, config, question.question, io);
  return explained.kind === 'wrong' ? refuseUsage(io, 'explain', explained.message) : explained.document;
}

async function askRunning(input: Input, io: CommandIo): Promise<ExplanationDocument | number> {
  const answer = await answerOf(input, io);
  switch (answer.kind) {
    case 'answer':
      return answer.body;
    case 'wrong':
      return refuseUsage(io, 'explain', answer.message);
    case 'failed':
      io.stderr(`wayleave explain: ${failureText(answer.failure)}`);
      return exits.failed;
  }
}

async function answerOf(input: Input, io: CommandIo): Promise<ServerExplanation> {
  if (input.values['assume'] !== undefined) {
    return {
      kind: 'wrong',
      message: '--assume is answered from the file and its store; leave --server and --request-id out',
    };
  }
  if (input.values['request-id'] !== undefined) return askAboutPast(input, io);
  const question = readQuestion(input);
  return question.kind === 'wrong' ? question : askServer(input, question.question, io);
}
