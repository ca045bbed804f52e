import type { CommandIo, Terminal } from '../../src/commands/command.ts';
import { readEnvironment } from '../../src/config/environment.ts';

export interface MemoryIo extends CommandIo {
  readonly out: string[];
  readonly err: string[];
  readonly questions: string[];
}

export interface MemoryIoOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
  /** What the person at the terminal types. */
  readonly answer?: string;
  readonly terminal?: Partial<Terminal>;
  readonly nowMs?: number;
}

/** A command's world in memory: what it wrote can be read, what it reads is given. */
export function memoryIo(options: MemoryIoOptions = {}): MemoryIo {
  const out: string[] = [];
  const err: string[] = [];
  const questions: string[] = [];
  const nowMs = options.nowMs ?? Date.parse('2030-01-01T00:00:00Z');
  return {
    out,
    err,
    questions,
    stdout: (text) => void out.push(text),
    stderr: (text) => void err.push(text),
    stdin: () => Promise.resolve(options.stdin ?? ''),
    ask: (question) => {
      questions.push(question);
      return Promise.resolve(options.answer ?? '');
    },
    terminal: { interactive: false, colours: false, columns: undefined, ...options.terminal },
    environment: readEnvironment(options.env ?? {}),
    clock: { now: () => nowMs, monotonic: () => 0 },
  };
}
