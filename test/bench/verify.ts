import { once } from 'node:events';
import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import type { IncomingMessage } from 'node:http';
import type { Contestant } from './measure.ts';

/**
 * Makes sure that a peer does what it is measured for: the upstream's answer comes whole and, where the peer checks
 * tokens, a request without one is refused and the upstream is told the user and not the token.
 * @throws an error that says what the peer did instead
 */
export async function verify({ peer, running }: Contestant): Promise<void> {
  const wrong = (what: string): Error => new Error(`${peer.title} is not set up right: ${what}`);
  const { headers } = running;
  const answer = await ask(running.port, '/api/devices/42', running.token, headers);
  if (answer.status !== 200 || answer.body.length !== 1024) throw wrong(`answered ${answer.status} ${answer.body}`);
  if (!peer.checksTokens) return;
  const refused = await ask(running.port, '/api/devices/42', undefined);
  if (refused.status !== 401) throw wrong(`answered ${refused.status} to a request without a token`);
  const echo = await ask(running.port, '/api/devices/echo', running.token, headers);
  if (!/\r\nx-auth-user: \w/i.test(echo.body)) throw wrong(`the upstream got no identity:\n${echo.body}`);
  if (echo.body.includes(running.token)) throw wrong('the upstream got the token');
}

async function ask(
  port: number,
  path: string,
  token: string | undefined,
  lines: readonly string[] = [],
): Promise<{ status: number; body: string }> {
  const more: Record<string, string> = {};
  for (const line of lines) more[line.slice(0, line.indexOf(': '))] = line.slice(line.indexOf(': ') + 2);
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}`, ...more };
  const sent = request({ port, host: '127.0.0.1', path, headers, agent: false, timeout: 10_000 });
  sent.on('timeout', () => sent.destroy(new Error(`no answer from port ${port}`)));
  const [response] = (await once(sent.end(), 'response')) as [IncomingMessage];
  return { status: response.statusCode ?? 0, body: await text(response) };
}
