import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, readlinkSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../lib/clock.ts';
import { integer, oneOf, text, type Row } from '../lib/row.ts';

/** The process that has a data directory open. */
export interface LockHolder {
  readonly pid: number;
  /** When the process began, by the system's count: a process id may be given again. */
  readonly processStart: string;
  /** Where the process id means something: this machine, this container. */
  readonly host: string;
  readonly role: 'serve' | 'command';
  readonly socketPath: string;
}

export type LockOutcome =
  | { readonly kind: 'acquired'; readonly release: () => void }
  | { readonly kind: 'held'; readonly holder: LockHolder };

const namePattern = /^store\.[0-9a-f]{12}\.lock$/;
/** How long a holder in another container may take until its socket answers. */
const startingMs = 30_000;

/**
 * Takes the lock of a directory for this process, unless a living process has it.
 *
 * Each process writes a file with a name of its own and then looks for others; whoever sees a living one backs off. Of
 * two that begin together at least one sees the other, so never do both go on (both may back off). Removing the file
 * of a dead process harms nobody, because no name is used twice.
 */
export async function takeLock(directory: string, own: Pick<LockHolder, 'role' | 'socketPath'>): Promise<LockOutcome> {
  const name = `store.${randomBytes(6).toString('hex')}.lock`;
  const release = (): void => rmSync(join(directory, name), { force: true });
  const holder: LockHolder = { pid: process.pid, processStart: processStart(process.pid) ?? '', host: host(), ...own };
  // Renamed into place, so that nobody ever reads a half of it.
  writeFileSync(join(directory, `${name}.new`), JSON.stringify(holder), { mode: 0o600 });
  renameSync(join(directory, `${name}.new`), join(directory, name));
  for (const other of readdirSync(directory)) {
    if (other === name || !namePattern.test(other)) continue;
    const living = await livingHolder(join(directory, other));
    if (living === undefined) continue;
    release();
    return { kind: 'held', holder: living };
  }
  return { kind: 'acquired', release };
}

/** Says whether something listens on a Unix socket. */
export function answers(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(socketPath);
    const end = (outcome: boolean): void => {
      socket.destroy();
      resolve(outcome);
    };
    socket.once('connect', () => end(true)).once('error', () => end(false));
  });
}

/** Who wrote a lock file, if that process lives; the file of a dead one is removed. */
async function livingHolder(path: string): Promise<LockHolder | undefined> {
  try {
    const holder = readHolder(path);
    const age = systemClock.now() - statSync(path).mtimeMs;
    const alive = holder.host === host() ? isAlive(holder) : age < startingMs || (await answers(holder.socketPath));
    if (alive) return holder;
  } catch {
    // Removed by its owner meanwhile, or no lock file of ours.
  }
  rmSync(path, { force: true });
  return undefined;
}

function readHolder(path: string): LockHolder {
  const file = JSON.parse(readFileSync(path, 'utf8')) as Row;
  return {
    pid: integer(file, 'pid'),
    processStart: text(file, 'processStart'),
    host: text(file, 'host'),
    role: oneOf(file, 'role', ['serve', 'command']),
    socketPath: text(file, 'socketPath'),
  };
}

function isAlive({ pid, processStart: began }: LockHolder): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it lives and belongs to somebody else.
    if (!(error instanceof Error && 'code' in error && error.code === 'EPERM')) return false;
  }
  const now = processStart(pid);
  return now === undefined || began === '' || now === began;
}

/**
 * Field 22 of /proc/<pid>/stat; undefined where there is no /proc. A process that has ended and that nobody has asked
 * about yet (Z) counts as another one.
 */
function processStart(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is a name in brackets that may hold anything.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? 'ended' : fields[19];
  } catch {
    return undefined;
  }
}

function host(): string {
  try {
    return `${hostname()} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return hostname();
  }
}
