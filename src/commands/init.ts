import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { editorSchema } from '../config/json-schema.ts';
import { exitCodes, refuseUsage, type Command, type CommandIo } from './command.ts';
import { initialFile } from './initial-file.ts';
import { renderHelp } from './terminal/help.ts';
import { readInput, type Input, type OptionTable } from './terminal/options.ts';

const options = { force: { help: 'Write over a file that is there' } } as const satisfies OptionTable;

const help = renderHelp({
  usage: ['wayleave init [FILE] [--force]'],
  about: [
    'Writes a gateway.yaml to begin with, ./gateway.yaml unless FILE is another, with a comment for each part, and beside',
    'it gateway.schema.json, by which editors complete and check it.',
  ].join('\n'),
  options,
  examples: ['wayleave init', 'wayleave init deploy/gateway.yaml'],
});

/** `wayleave init` */
export const initCommand: Command = {
  summary: 'Write a gateway.yaml to begin with',
  help,
  run: async (args, io) => {
    const read = readInput(args, options, ['[FILE]']);
    if (read.kind === 'wrong') return refuseUsage(io, 'init', read.message);
    if (read.kind === 'input') return init(read.input, io);
    io.stdout(help);
    return exitCodes.done;
  },
};

function init({ positionals, switches }: Input, io: CommandIo): number {
  const file = positionals[0] ?? 'gateway.yaml';
  const fault = write(file, initialFile, switches.has('force') ? 'w' : 'wx');
  if (fault !== undefined) {
    const hint =
      fault === 'EEXIST' ? 'it is there already; say --force to write over it' : `it cannot be written (${fault})`;
    return refuseUsage(io, 'init', `${file}: ${hint}`);
  }
  const schema = join(dirname(file), 'gateway.schema.json');
  const schemaFault = write(schema, `${JSON.stringify(editorSchema(), null, 2)}\n`, 'w');
  io.stdout(schemaFault === undefined ? `${file}\n${schema}\n` : `${file}\n`);
  if (schemaFault !== undefined) io.stderr(`${schema} could not be written (${schemaFault}); editors go without it\n`);
  io.stderr(`edit ${file}, then: wayleave validate ${file}\n`);
  return exitCodes.done;
}

/** The system's code when it cannot be written; `wx`: not over a file that is there. */
function write(path: string, text: string, flag: 'w' | 'wx'): string | undefined {
  try {
    writeFileSync(path, text, { flag });
    return undefined;
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error);
  }
}
