import { EnvironmentError } from '../config/environment.ts';
import { exitCodes, type CommandIo } from './command.ts';
import { main } from './main.ts';
import { processIo } from './terminal/process-io.ts';

/** Runs the command line in the real world; an environment that contradicts itself stops it before anything else. */
export async function runProgram(args: readonly string[]): Promise<number> {
  let io: CommandIo;
  try {
    io = processIo();
  } catch (error) {
    if (!(error instanceof EnvironmentError)) throw error;
    process.stderr.write(`wayleave: ${error.message}\n`);
    return exitCodes.failed;
  }
  return main(args, io);
}
