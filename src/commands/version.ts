import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { exitCodes, refuseUsage, type Command } from './command.ts';
import { renderHelp } from './terminal/help.ts';
import { readInput, type OptionTable } from './terminal/options.ts';

const options = { json: { help: 'Print as JSON' } } as const satisfies OptionTable;

const help = renderHelp({
  usage: ['wayleave version [--json]'],
  about: 'Prints the version of Wayleave and of the Node that runs it.',
  options,
  examples: ['wayleave version', 'wayleave version --json'],
});

/** `wayleave version` */
export const versionCommand: Command = {
  summary: 'Print the version',
  help,
  run: async (args, io) => {
    const read = readInput(args, options);
    if (read.kind === 'wrong') return refuseUsage(io, 'version', read.message);
    if (read.kind === 'help') io.stdout(help);
    else if (read.input.switches.has('json'))
      io.stdout(`${JSON.stringify({ version: programVersion(), node: process.version })}\n`);
    else io.stdout(`wayleave ${programVersion()} (Node ${process.version})\n`);
    return exitCodes.done;
  },
};

/** The version that package.json states. */
export function programVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return z.object({ version: z.string() }).parse(JSON.parse(text)).version;
}
