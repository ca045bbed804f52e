import { expect, test } from 'vitest';
import { startGateway } from '../support/gateway.ts';
import { lines } from '../support/speak-http.ts';
import { answerCalls, dial } from '../support/wire.ts';

test('a stop does not wait for a stream that has begun, and the log says why it ended', async () => {
  const upstream = await answerCalls();
  const gateway = await startGateway({
    yaml: `
limits: { drain: 4m }
upstreams: { upstream: { targets: ["http://127.0.0.1:${upstream.port}"] } }
routes:
  - { name: events, match: { path: "/events" }, upstream: upstream, public: true, stream: true }
`,
  });
  const client = (await dial(gateway.port)).send(lines('GET /events HTTP/1.1', 'Host: h'));
  const wire = await upstream.wire(0);
  await wire.untilText('\r\n\r\n');
  wire.send(`${lines('HTTP/1.1 200 OK', 'Transfer-Encoding: chunked')}3\r\none\r\n`);
  await client.untilText('one');
  process.kill(gateway.pid, 'SIGTERM');
  await Promise.all([client.closed, wire.closed]);
  await expect.poll(() => gateway.isAlive(), { timeout: 20_000 }).toBe(false);
  const [line = ''] = /\{[^\n]*"path":"\/events"[^\n]*/.exec(gateway.log()) ?? [];
  expect(JSON.parse(line)).toMatchObject({ status: 200, code: 'draining', route: 'events' });
});
