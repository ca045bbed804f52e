import { createHmac, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onCleanup } from '../support/cleanup.ts';

/** The key of the tests: 24 bytes, as Standard Webhooks writes it. */
export const webhookKey = 'whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX';

/** What the receiver got in one request. */
export interface Received {
  readonly id: string;
  readonly timestamp: number;
  readonly signature: string;
  readonly headers: IncomingMessage['headers'];
  readonly path: string;
  readonly body: string;
}

export type Answer = (request: Received, response: ServerResponse) => void;

export interface Receiver {
  readonly url: string;
  readonly received: readonly Received[];
  /** How many requests were under way at once, at most. */
  readonly busiest: () => number;
  /** What it answers from now on; 204 until told. */
  answer: (answer: Answer) => void;
  /** Listens no more, until `open`. */
  close(): Promise<void>;
  open(): Promise<void>;
}

/** An answer of a status and nothing else. */
export function status(code: number, headers: Record<string, string> = {}): Answer {
  return (_, response) => void response.writeHead(code, headers).end();
}

/** Somebody who is told of events, by real HTTP. */
export async function startReceiver(): Promise<Receiver> {
  const received: Received[] = [];
  let answer: Answer = status(204);
  let [open, busiest] = [0, 0];
  const server = createServer((request, response) => {
    busiest = Math.max(busiest, ++open);
    response.on('close', () => open--);
    void take(request, response);
  });
  const take = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const got = await read(request);
    received.push(got);
    answer(got, response);
  };
  let port = 0;
  const listen = async (): Promise<void> => {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    ({ port } = server.address() as AddressInfo);
  };
  const close = async (): Promise<void> => {
    server.close();
    server.closeAllConnections();
    if (server.listening) await once(server, 'close');
  };
  await listen();
  onCleanup(close);
  return {
    url: `http://127.0.0.1:${port}/hook`,
    received,
    busiest: () => busiest,
    answer: (next) => (answer = next),
    close,
    open: listen,
  };
}

async function read(request: IncomingMessage): Promise<Received> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const header = (name: string): string => String(request.headers[name] ?? '');
  return {
    id: header('webhook-id'),
    timestamp: Number(header('webhook-timestamp')),
    signature: header('webhook-signature'),
    headers: request.headers,
    path: request.url ?? '',
    body: Buffer.concat(chunks).toString(),
  };
}

/** Verifies a signature as a receiver would who has read the specification and not our source. */
export function isSignedWith(key: string, { id, timestamp, signature, body }: Received): boolean {
  const secret = Buffer.from(key.replace('whsec_', ''), 'base64');
  const expected = createHmac('sha256', secret).update(`${id}.${timestamp}.${body}`).digest();
  return signature.split(' ').some((entry) => {
    const [version, text = ''] = entry.split(',');
    const given = Buffer.from(text, 'base64');
    return version === 'v1' && given.length === expected.length && timingSafeEqual(given, expected);
  });
}
