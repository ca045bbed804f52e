import type { CommandIo } from '../command.ts';
import { exitCodes } from '../command.ts';

/** npm hands a Ctrl-C on to a program that the terminal has told already; what comes so soon is the same one. */
const sameSignalMs = 500;

/**
 * SIGHUP, which ends a process unless it is taken. The returned function says what to do on it from now on; one that came
 * before is made up for.
 */
export function takeHangups(): (action: () => void) => void {
  let isWaiting = false;
  let act = (): void => {
    isWaiting = true;
  };
  process.on('SIGHUP', () => act());
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
