import { StoreUnavailable } from '../core/store-unavailable.ts';
import { nearest } from '../lib/nearest.ts';
import { holdsToken, tokenInArguments } from './terminal/argv-secrets.ts';
import { exitCodes, type Command, type CommandIo } from './command.ts';
import { overview } from './overview.ts';
import { commandLoaders } from './registry.ts';

/**
 * Runs the command that the arguments name.
 * @param args what follows the program's name
 * @returns the exit code
 */
export async function main(args: readonly string[], io: CommandIo): Promise<number> {
  if (holdsToken(args)) {
    io.stderr(`wayleave: ${tokenInArguments}\n`);
    return exitCodes.failed;
  }
  const [name, ...rest] = args;
  switch (name) {
    case undefined:
      io.stderr(await overview());
      return exitCodes.usage;
    case 'help':
    case '--help':
    case '-h':
      return showHelp(rest, io);
    case '--version':
    case '-v':
      return runNamed('version', rest, io);
    default:
      return runNamed(name, rest, io);
  }
}

async function runNamed(name: string, args: readonly string[], io: CommandIo): Promise<number> {
  const load = commandLoaders.get(name);
  return load === undefined ? refuseUnknown(name, io) : runGuarded(name, await load(), args, io);
}

/** What a command did not foresee is told in one line; a stack trace helps nobody at a terminal. */
async function runGuarded(name: string, command: Command, args: readonly string[], io: CommandIo): Promise<number> {
  try {
    return await command.run(args, io);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const what = error instanceof StoreUnavailable ? 'the store does not answer: ' : '';
    io.stderr(`wayleave ${name}: ${what}${message}\n`);
    return exitCodes.failed;
  }
}

/** `help token create` is `token create --help`. */
async function showHelp([name, ...rest]: readonly string[], io: CommandIo): Promise<number> {
  if (name === undefined) {
    io.stdout(await overview());
    return exitCodes.done;
  }
  return runNamed(name, [...rest, '--help'], io);
}

function refuseUnknown(name: string, io: CommandIo): number {
  const near = nearest(name, [...commandLoaders.keys(), 'help']);
  const hint = near === undefined ? '' : ` Did you mean "${near}"?`;
  io.stderr(`wayleave: there is no command "${name}".${hint}\nSee: wayleave --help\n`);
  return exitCodes.usage;
}
