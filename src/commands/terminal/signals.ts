import { closeSync, openSync } from 'node:fs';
import type { CommandIo } from '../command.ts';
import { exitCodes } from '../command.ts';

/** npm hands a Ctrl-C on to a program that the terminal has told already; what comes so soon is the same one. */
const sameSignalMs = 500;

/** Whether the terminal that the program was started from is still there. */
function hasTerminal(): boolean {
  try {
    closeSync(openSync('/dev/tty', 'r'));
    return true;
  } catch {
    return false;
  }
}

/**
 * SIGHUP, which ends a process unless it is taken. The returned function says what to do on it from now on; one that came
 * before is made up for. When a terminal goes, it sends one to what runs in it: that is the end, not a wish.
 */
export function takeHangups({ terminal }: Pick<CommandIo, 'terminal'>): (action: () => void) => void {
  let isWaiting = false;
  let act = (): void => {
    isWaiting = true;
  };
  process.on('SIGHUP', () => {
    if (terminal.interactive && !hasTerminal()) process.kill(process.pid, 'SIGTERM');
    else act();
  });
  return (action) => {
    act = action;
    if (isWaiting) action();
  };
}

/** Resolves with the first SIGINT or SIGTERM. A second one ends the process at once. */
export function firstSignal({ clock }: Pick<CommandIo, 'clock'>): Promise<void> {
  return new Promise((resolve) => {
    let firstAt: number | undefined;
    const take = (): void => {
      if (firstAt === undefined) {
        firstAt = clock.monotonic();
        resolve();
      } else if (clock.monotonic() - firstAt > sameSignalMs) process.exit(exitCodes.failed);
    };
    process.on('SIGINT', take);
    process.on('SIGTERM', take);
  });
}
