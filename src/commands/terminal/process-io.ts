import { createInterface } from 'node:readline';
import { readEnvironment } from '../../config/environment.ts';
import { systemClock } from '../../lib/clock.ts';
import type { CommandIo } from '../command.ts';

const stdinBytesMax = 1024 * 1024;

/** The command's world as it really is: this process, its terminal and its environment. */
export function processIo(): CommandIo {
  stopWhenReaderLeaves();
  const environment = readEnvironment();
  return {
    stdout: (text) => void process.stdout.write(text),
    stderr: (text) => void process.stderr.write(text),
    stdin: readStdin,
    ask,
    terminal: {
      interactive: isTerminal(process.stdin) && isTerminal(process.stderr),
      colours: isTerminal(process.stdout) && !environment.noColor,
      columns: isTerminal(process.stdout) ? process.stdout.columns : undefined,
    },
    environment,
    clock: systemClock,
  };
}

/** `wayleave token list | head` ends quietly when head has seen enough. */
function stopWhenReaderLeaves(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit(0);
  });
}

async function readStdin(): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > stdinBytesMax) throw new Error('standard input is longer than 1 MiB');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** A person who closes standard input (Ctrl-D) has answered nothing. */
function ask(question: string): Promise<string> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  return new Promise((resolve) => {
    terminal.on('close', () => resolve(''));
    terminal.question(question, (line) => {
      resolve(line);
      terminal.close();
    });
  });
}

/** Node leaves `isTTY` undefined on what is no terminal, whatever its types say. */
function isTerminal(stream: { readonly isTTY?: boolean }): boolean {
  return stream.isTTY === true;
}
