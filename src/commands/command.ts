import type { Environment } from '../config/environment.ts';
import type { Clock } from '../lib/clock.ts';

/** What a command may touch of the world around it. Tests give their own. */
export interface CommandIo {
  /** Writes what the command is for: results, and secrets alone. */
  stdout(text: string): void;
  /** Writes what a person reads beside the result: notes, questions, errors. */
  stderr(text: string): void;
  /** Reads standard input to its end; at most 1 MiB. */
  stdin(): Promise<string>;
  /** Asks the person at the terminal and returns the line they typed. Call it only when `terminal.interactive`. */
  ask(question: string): Promise<string>;
  readonly terminal: Terminal;
  readonly environment: Environment;
  readonly clock: Clock;
}

export interface Terminal {
  /** Standard input and standard error are a terminal: a person can be asked. */
  readonly interactive: boolean;
  /** Standard output may carry colours: it is a terminal and NO_COLOR is not set. */
  readonly colours: boolean;
  /** Columns of the terminal that standard output is; undefined when it is none, and nothing is cut to fit. */
  readonly columns: number | undefined;
}

export interface Command {
  /** One line for the list of commands. */
  readonly summary: string;
  /** What `wayleave help <command>` prints: a sentence, options, examples. Ends with a newline. */
  readonly help: string;
  /**
   * @param args what follows the command's name
   * @returns the exit code: see `exitCodes`
   */
  run(args: readonly string[], io: CommandIo): Promise<number>;
}

/** Exit codes. Usage is told apart where the contract does so: by `validate`, and for a command that does not exist. */
export const exitCodes = { done: 0, failed: 1, usage: 2 } as const;

/**
 * Writes what is wrong with how a command was called, and where its help is.
 * @param command what follows `wayleave`, such as `token create`
 * @returns `exitCode`
 */
export function refuseUsage(
  io: CommandIo,
  command: string,
  message: string,
  exitCode: number = exitCodes.failed,
): number {
  io.stderr(`wayleave ${command}: ${message}\nSee: wayleave ${command} --help\n`);
  return exitCode;
}
