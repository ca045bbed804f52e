import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/**
 * The CPU time that processes have used so far, in microseconds: user and system time of all their threads, garbage
 * collection included, as the operating system accounts for it (proc(5), /proc/PID/stat, fields 14 and 15).
 * The system counts in ticks, usually of 10 ms, so two readings should lie a second or more apart.
 * @throws when a process has ended, or where there is no /proc
 */
export function cpuMicroseconds(pids: readonly number[]): number {
  let ticks = 0;
  for (const pid of pids) {
    const fields = afterCommandName(readFileSync(`/proc/${pid}/stat`, 'utf8'));
    ticks += Number(fields[11]) + Number(fields[12]);
  }
  return ticks * microsecondsPerTick();
}

/** A process and all that descend from it, such as nginx's master and its workers. */
export function processTree(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
  return [pid, ...children.flatMap(processTree)];
}

/** The fields from the third on: the second, the command's name in parentheses, may hold spaces. */
function afterCommandName(stat: string): string[] {
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

let tickLength: number | undefined;

function microsecondsPerTick(): number {
  tickLength ??= 1_000_000 / Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));
  return tickLength;
}
