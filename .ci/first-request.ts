/**
 * Starts the built program as `npm start` does, pastes the curl line that it prints, expects the echo of the demo
 * upstream with the identity in it, ends the program with SIGTERM and expects exit code 0.
 */
import { execFile, spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

type Program = ChildProcessByStdio<null, Readable, Readable>;

const ports = { 8080: 'the proxy', 8081: 'the admin API', 9000: 'the demo upstream' };
const startTimeoutMs = 60_000;

for (const [port, purpose] of Object.entries(ports)) await expectFree(Number(port), purpose);
const program = spawn('node', ['dist/cli.js', 'serve', '--demo'], { stdio: ['ignore', 'pipe', 'pipe'] });
process.once('exit', () => program.kill('SIGKILL'));
const ended = once(program, 'exit');
const curlLine = await printedCurlLine(program);
const answer = await paste(curlLine);
expectIdentity(answer);
program.kill('SIGTERM');
const [code, signal] = (await ended) as [number | null, NodeJS.Signals | null];
if (code !== 0) throw new Error(`after SIGTERM the program ended with ${code ?? signal}, not with exit code 0`);
process.stdout.write(`${answer}\nanswered, and stopped cleanly\n`);

async function expectFree(port: number, purpose: string): Promise<void> {
  const server = createServer().listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code;
    throw new Error(`port ${port}, which the shipped gateway.yaml gives ${purpose}, cannot be used here: ${reason}`, {
      cause: error,
    });
  }
  server.close();
  await once(server, 'close');
}

async function printedCurlLine(started: Program): Promise<string> {
  let output = '';
  for (const stream of [started.stdout, started.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => (output += chunk));
  }
  const until = Date.now() + startTimeoutMs;
  for (;;) {
    const line = /^\s*(curl .*)\n/m.exec(output)?.[1];
    if (line !== undefined) return line;
    if (started.exitCode !== null || Date.now() > until) throw new Error(`no curl line was printed:\n${output}`);
    await delay(50);
  }
}

async function paste(line: string): Promise<string> {
  const { stdout } = await promisify(execFile)('bash', ['-c', `${line} --silent --show-error --include`]);
  return stdout;
}

function expectIdentity(text: string): void {
  if (!/^HTTP\/1\.1 200 /m.test(text)) throw new Error(`expected status 200, got:\n${text}`);
  const body = text.slice(text.indexOf('\r\n\r\n'));
  if (!/x-auth-user\b.*usr_/i.test(body)) throw new Error(`the upstream saw no X-Auth-User:\n${text}`);
  if (/\bwl_pat_/.test(body)) throw new Error(`the upstream saw the token:\n${text}`);
}
