import { createServer } from 'node:http';
import { once } from 'node:events';
import { onCleanup } from '../../support/cleanup.ts';

export interface ReceivedCall {
  readonly method: string | undefined;
  readonly target: string | undefined;
  readonly authorization: string | undefined;
  readonly body: unknown;
}

export interface StubAnswer {
  readonly status: number;
  readonly body: unknown;
}

export interface StubApi {
  readonly server: string;
  readonly calls: readonly ReceivedCall[];
}

/**
 * A server that answers with what a test gives, in turn: for answers that a real gateway gives on bad days alone, such
 * as silent nodes. What a healthy one says is tested against a real one.
 */
export async function stubApi(answers: readonly StubAnswer[]): Promise<StubApi> {
  const calls: ReceivedCall[] = [];
  const server = createServer((req, res) => {
    let text = '';
    req.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    req.on('end', () => {
      const answer = answers[calls.length] ?? { status: 500, body: 'no answer left' };
      calls.push({
        method: req.method,
        target: req.url,
        authorization: req.headers.authorization,
        body: text === '' ? undefined : JSON.parse(text),
      });
      res.writeHead(answer.status, { 'content-type': 'application/json', connection: 'close' });
      res.end(typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onCleanup(async () => {
    server.close();
    server.closeAllConnections();
    await once(server, 'close').catch(() => undefined);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a TCP server has no port');
  return { server: `http://127.0.0.1:${address.port}`, calls };
}

/** A token as the admin API shows it. */
export const tokenBody = {
  id: 'tok_1',
  kind: 'pat',
  user_id: 'usr_1',
  username: 'ci-bot',
  name: 'ci',
  purpose: null,
  scopes: ['device:read'],
  state: 'active',
  last_four: 'x1Y2',
  created_at: '2029-12-31T00:00:00.000Z',
  expires_at: '2030-01-31T12:00:00.000Z',
};
