import { setTimeout as delay } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { count } from '../support/counts.ts';
import { openRaw } from '../support/raw-client.ts';
import { startWorld, type World } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld({ namesHosts: false });
});

const busyMs = 60;
const okAnswer = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
const poison = 'HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison';

function request(target: string): string {
  return `GET ${target} HTTP/1.1\r\nHost: ${world.names.get('HOST')}\r\nAuthorization: Bearer ${world.names.get('T_READ')}\r\n\r\n`;
}

describe('an answer that nobody asked for', () => {
  it.each(['before', 'after'])('never reaches the next client, whose request came %s it', async (order) => {
    const { gateway, upstream } = world;
    const next = await openRaw(gateway.port);
    for (let round = 0; round < count(10, 60); round++) {
      await upstream.script({
        times: 1,
        steps: [
          { kind: 'write', bytes: okAnswer },
          { kind: 'sleep', ms: busyMs / 2 },
          { kind: 'write', bytes: poison },
        ],
      });
      const first = await openRaw(gateway.port);
      first.send(request('/api/first'));
      await first.until(({ answers }) => answers[0]?.complete === true);
      process.kill(gateway.pid, 'SIGSTOP');
      if (order === 'after') await delay(busyMs);
      next.send(request(`/api/next/${round}`));
      await delay(busyMs);
      process.kill(gateway.pid, 'SIGCONT');
      const seen = await next.until(({ answers }) => answers.filter(({ complete }) => complete).length > round);
      expect(seen.answers[round]).toMatchObject({ status: 200, body: 'ok' });
      first.abort();
    }
    next.abort();
  });
});
