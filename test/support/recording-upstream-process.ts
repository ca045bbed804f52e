import { createHash } from 'node:crypto';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import type { AnswerScript, Recording, RecordedRequest, UpstreamCommand } from './recording-upstream-protocol.ts';
import { declaredFraming, valuesOf, WireReader, type WireMessage } from './wire-reader.ts';

/**
 * An upstream in a process of its own, so that it goes on answering while the gateway or the test is busy. It writes
 * down every request from the bytes of its connections; a second connection takes commands, one JSON object a line.
 */
let requests: RecordedRequest[] = [];
let script: { steps: AnswerScript['steps']; early: boolean; left: number } | undefined;
let connectionCount = 0;
const open = new Map<Socket, WireReader>();
const usualBacklog = 511;

function serve(socket: Socket): void {
  const connection = ++connectionCount;
  const records = new Map<WireMessage, RecordedRequest>();
  const reader: WireReader = new WireReader({
    framingOf: (message) => (isUpgrade(message) ? 'raw' : (declaredFraming(message) ?? { kind: 'length', bytes: 0 })),
    onHead: (message) => {
      const record = recordOf(message, connection);
      records.set(message, record);
      requests.push(record);
      if (script !== undefined && script.left > 0 && script.early) answer(socket, record);
    },
    onComplete: (message) => {
      const record = records.get(message);
      if (record === undefined) return;
      Object.assign(record, message);
      if (script === undefined || script.left === 0 || !script.early) answer(socket, record);
    },
    onRaw: (bytes) => {
      for (const record of records.values()) record.tunnelled += bytes;
      if (socket.writable) socket.write(bytes, 'latin1');
    },
  });
  open.set(socket, reader);
  socket.on('data', (bytes) => reader.push(bytes));
  socket.on('error', () => socket.destroy());
  socket.on('close', () => {
    open.delete(socket);
    if (reader.leftOver !== '') stray.push(reader.leftOver);
    for (const [message, record] of records) Object.assign(record, message, { closed: true });
  });
}

let stray: string[] = [];

function recordOf(message: WireMessage, connection: number): RecordedRequest {
  const [method = '', ...rest] = message.startLine.split(' ');
  const target = rest.slice(0, -1).join(' ');
  return { ...message, connection, method, target, closed: false, tunnelled: '' };
}

function isUpgrade(message: WireMessage): boolean {
  return valuesOf(message.headers, 'connection').some((value) => /upgrade/i.test(value));
}

let performing: Promise<void> = Promise.resolve();

function answer(socket: Socket, record: RecordedRequest): void {
  if (script === undefined || script.left === 0) {
    socket.write(usualAnswer(record), 'latin1');
    return;
  }
  script.left--;
  const { steps } = script;
  performing = Promise.all([performing, perform(socket, steps)]).then(() => undefined);
}

async function perform(socket: Socket, steps: AnswerScript['steps']): Promise<void> {
  for (const step of steps) {
    if (step.kind === 'sleep') await delay(step.ms);
    else if (step.kind === 'close') socket.end();
    else if (step.kind === 'reset') socket.resetAndDestroy();
    else if (socket.writable) socket.write(step.bytes, 'latin1');
  }
}

function usualAnswer(record: RecordedRequest): string {
  if (isUpgrade(record) && record.target !== '/ws/refused') {
    const key = valuesOf(record.headers, 'sec-websocket-key')[0] ?? '';
    const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
    const protocol = valuesOf(record.headers, 'upgrade')[0] ?? '';
    return (
      `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: ${protocol}\r\n` +
      `Sec-WebSocket-Accept: ${accept}\r\n\r\n`
    );
  }
  const status = record.target === '/ws/refused' ? '426 Upgrade Required' : '200 OK';
  const body = record.method === 'HEAD' ? '' : 'ok';
  return `HTTP/1.1 ${status}\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\n${body}`;
}

let server: Server = createServer(serve);

async function run(command: UpstreamCommand): Promise<Recording | undefined> {
  switch (command.name) {
    case 'look':
    case 'take': {
      const leftOver = [...open.values()].map((reader) => reader.leftOver).filter((bytes) => bytes !== '');
      const recording = { requests, strayBytes: [...stray, ...leftOver], connections: open.size };
      if (command.name === 'take') [requests, stray] = [[], []];
      return recording;
    }
    case 'script':
      await performing;
      script = command.script && { early: false, ...command.script, left: command.script.times };
      return undefined;
    case 'refuse':
      server.close();
      for (const socket of open.keys()) socket.destroy();
      return undefined;
    case 'listen':
      server = createServer(serve).listen({
        port,
        host: '127.0.0.1',
        backlog: command.backlog,
      });
      return undefined;
  }
}

let port = 0;
server.listen({ port: 0, host: '127.0.0.1', backlog: usualBacklog }, () => {
  port = (server.address() as AddressInfo).port;
  const control = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    createInterface({ input: socket }).on('line', (line) => {
      void run(JSON.parse(line) as UpstreamCommand).then((result) =>
        socket.write(`${JSON.stringify(result ?? null)}\n`),
      );
    });
  }).listen(0, '127.0.0.1', () => {
    process.stdout.write(`ready ${port} ${(control.address() as AddressInfo).port} .\n`);
  });
});
