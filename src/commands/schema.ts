import { editorSchema } from '../config/json-schema.ts';
import { exitCodes, refuseUsage, type Command } from './command.ts';
import { renderHelp } from './terminal/help.ts';
import { readInput } from './terminal/options.ts';

const help = renderHelp({
  usage: ['wayleave schema'],
  about: [
    'Prints the JSON Schema (draft 7) of gateway.yaml. Editors with a YAML language server complete and check the file',
    'by it when its first line says  # yaml-language-server: $schema=./gateway.schema.json',
  ].join('\n'),
  examples: ['wayleave schema > gateway.schema.json'],
});

/** `wayleave schema` */
export const schemaCommand: Command = {
  summary: 'Print the JSON Schema of gateway.yaml',
  help,
  run: async (args, io) => {
    const read = readInput(args, {});
    if (read.kind === 'wrong') return refuseUsage(io, 'schema', read.message);
    io.stdout(read.kind === 'help' ? help : `${JSON.stringify(editorSchema(), null, 2)}\n`);
    return exitCodes.done;
  },
};
