import { once } from 'node:events';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { onCleanup } from './cleanup.ts';
import type { AnswerScript, Recording, UpstreamCommand } from './recording-upstream-protocol.ts';
import { startServer } from './server-process.ts';

export type { AnswerScript, AnswerStep, Recording, RecordedRequest } from './recording-upstream-protocol.ts';

export interface RecordingUpstream {
  readonly port: number;
  readonly pid: number;
  readonly origin: string;
  /** What was seen since the last `take`; `take` forgets it. */
  look(): Promise<Recording>;
  take(): Promise<Recording>;
  /** Sets, or with undefined takes back, what the next requests get for an answer. */
  script(script: AnswerScript | undefined): Promise<void>;
  /** Refuses connections, and ends those that are there, until `listen`. */
  refuse(): Promise<void>;
  /** Listens again after `refuse`, on the same port. */
  listen(backlog?: number): Promise<void>;
}

const usualBacklog = 511;
const repository = new URL('../..', import.meta.url).pathname;

/** Starts the upstream of recording-upstream-process.ts; it ends with the tests of this file. */
export async function startRecordingUpstream(): Promise<RecordingUpstream> {
  const server = await startServer({
    command: process.execPath,
    args: ['--import', 'tsx', 'test/support/recording-upstream-process.ts'],
    cwd: repository,
    readyText: ' .\n',
  });
  const [, port = '', controlPort = ''] = /ready (\d+) (\d+) \./.exec(server.output()) ?? [];
  const socket = connect(Number(controlPort), '127.0.0.1');
  await once(socket, 'connect');
  const lines = createInterface({ input: socket });
  onCleanup(async () => {
    socket.destroy();
    await server.end('SIGKILL');
  });
  // One command at a time: the answers come in their order.
  let last: Promise<unknown> = Promise.resolve();
  const ask = (command: UpstreamCommand): Promise<unknown> => {
    const answer = last.then(async () => {
      socket.write(`${JSON.stringify(command)}\n`);
      const [line] = (await once(lines, 'line')) as [string];
      return JSON.parse(line) as unknown;
    });
    last = answer.catch(() => undefined);
    return answer;
  };
  const run = async (command: UpstreamCommand): Promise<void> => void (await ask(command));
  return {
    port: Number(port),
    pid: server.pid,
    origin: `http://127.0.0.1:${port}`,
    look: async () => (await ask({ name: 'look' })) as Recording,
    take: async () => (await ask({ name: 'take' })) as Recording,
    script: (script) => run({ name: 'script', script }),
    refuse: () => run({ name: 'refuse' }),
    listen: (backlog = usualBacklog) => run({ name: 'listen', backlog }),
  };
}
