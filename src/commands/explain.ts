import { isIP } from 'node:net';
import { exitCodes, refuseUsage, type Command, type CommandIo } from './command.ts';
import { configOption, openConfig } from './config-file.ts';
import { explainRequest, type Question } from './explanation/explain-request.ts';
import { explanationJson, renderExplanation } from './explanation/render.ts';
import { whoAsks } from './explanation/who-asks.ts';
import { notAvailable } from './later.ts';
import { renderHelp } from './terminal/help.ts';
import { readInput, type Input, type OptionTable } from './terminal/options.ts';

const exits = { allow: 0, failed: 1, deny: 3 } as const;

const options = {
  host: { value: 'HOST', help: 'The Host header; localhost unless told' },
  scopes: { value: 'A,B', help: 'Ask as a user who does not exist, whose token has these scopes' },
  kind: { value: 'KIND', help: 'That user is human (unless told) or service' },
  org: { value: 'ORG', help: 'That user is of this organisation' },
  as: { value: 'USER', help: 'Ask as a real user: an id, or username@org-slug; --scopes then narrows the token' },
  from: { value: 'IP', help: "The client's address" },
  json: { help: 'Print as JSON' },
  ...configOption,
} as const satisfies OptionTable;

/** Options of a later version: they ask a running gateway. */
const laterOptions = {
  token: { value: '-', help: '' },
  server: { value: 'URL', help: '' },
  'request-id': { value: 'ID', help: '' },
  save: { value: 'FILE', help: '' },
  assume: { value: 'USER', help: '' },
} as const satisfies OptionTable;

const help = renderHelp({
  usage: ['wayleave explain METHOD PATH [options]'],
  about: [
    'Decides a request that nobody sent, by the code that decides in the gateway, and shows each step with the rule',
    'and the line of gateway.yaml that settled it. It reads the file alone; nothing has to run.',
  ].join('\n'),
  options,
  examples: [
    'wayleave explain GET /api/devices/42 --scopes device:read',
    'wayleave explain POST /api/devices --scopes device:read --host api.example.com',
    'wayleave explain GET /status --json',
  ],
  exits: '0 it would be allowed, 3 it would be denied, 1 the question makes no sense',
});

/** `wayleave explain` */
export const explainCommand: Command = {
  summary: 'Show step by step why a request would be allowed or denied',
  help,
  run: async (args, io) => {
    const read = readInput(args, { ...options, ...laterOptions }, ['METHOD', 'PATH']);
    if (read.kind === 'help') {
      io.stdout(help);
      return exits.allow;
    }
    if (read.kind === 'wrong') return refuseUsage(io, 'explain', read.message);
    const later = Object.keys(laterOptions).find((name) => read.input.values[name] !== undefined);
    if (later !== undefined) {
      io.stderr(notAvailable(`wayleave explain --${later}`, 'it explains from the file alone so far'));
      return exitCodes.failed;
    }
    return explain(read.input, io);
  },
};

async function explain(input: Input, io: CommandIo): Promise<number> {
  const config = openConfig(input, io);
  if (config === undefined) return exits.failed;
  const question = readQuestion(input);
  if (question.kind === 'wrong') return refuseUsage(io, 'explain', question.message);
  const asker = await whoAsks(input, config, io.clock);
  if (asker.kind === 'wrong') return refuseUsage(io, 'explain', asker.message);
  if (input.values['from'] !== undefined) io.stderr('no rule of this version looks at the address of the client\n');
  const explanation = await explainRequest(config, question.question, asker.authenticate);
  const text = input.switches.has('json')
    ? `${JSON.stringify(explanationJson(explanation, config), null, 2)}\n`
    : renderExplanation(explanation, config, io.terminal.colours);
  io.stdout(text);
  return explanation.refusal === undefined ? exits.allow : exits.deny;
}

type ReadQuestion =
  | { readonly kind: 'question'; readonly question: Question }
  | { readonly kind: 'wrong'; readonly message: string };

function readQuestion({ positionals, values }: Input): ReadQuestion {
  const [method = '', path = ''] = positionals;
  if (!/^[A-Z][A-Z-]*$/.test(method))
    return wrong(`"${method}" is no method; methods are upper case: ${method.toUpperCase()}`);
  if (!path.startsWith('/')) return wrong(`"${path}" is no path; a path begins with a slash: explain ${method} /api`);
  const { from, host = 'localhost' } = values;
  if (from !== undefined && isIP(from) === 0) return wrong(`--from ${from} is no IP address`);
  return { kind: 'question', question: { method, target: Buffer.from(path, 'utf8').toString('latin1'), host, from } };
}

function wrong(message: string): { kind: 'wrong'; message: string } {
  return { kind: 'wrong', message };
}
