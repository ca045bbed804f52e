import { setTimeout as after } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { count } from '../support/counts.ts';
import { startServe, storeKinds, type ServeProcess } from '../support/serve-process.ts';

/** On each of the two stores: twenty in all under `npm test`. */
const kills = count(10, 200);
const creatorsAtOnce = 4;

/** Creates tokens one after the other until the program is gone; what it answered 201 to is acknowledged. */
async function createUntilKilled(
  serve: ServeProcess,
  userId: string,
  name: string,
  acknowledged: string[],
): Promise<void> {
  for (let n = 0; ; n++) {
    try {
      const response = await serve.api('POST', '/tokens', {
        user_id: userId,
        name: `${name}-${n}`,
        scopes: ['device:read'],
      });
      // A busy store promises nothing.
      if (response.status === 503) continue;
      if (response.status !== 201) throw new Error(`${response.status} ${await response.text()}`);
      const { secret } = (await response.json()) as { secret: string };
      acknowledged.push(secret);
    } catch (error) {
      if (error instanceof TypeError) return;
      throw error;
    }
  }
}

async function serviceUser(serve: ServeProcess): Promise<string> {
  await serve.api('POST', '/organizations', { slug: 'acme', name: 'Acme' });
  const created = await serve.api('POST', '/organizations/acme/users', { kind: 'service', username: 'ci', name: 'CI' });
  const { id } = (await created.json()) as { id: string };
  await serve.api('POST', '/organizations/acme/authorizations', {
    user_id: id,
    project: 'analytics',
    roles: ['viewer'],
  });
  return id;
}

test.concurrent.each(storeKinds)(
  'kill -9 while tokens are created on the %s store loses none whose 201 was received',
  { timeout: kills * 40_000 },
  async (kind) => {
    const serve = await startServe(kind);
    const userId = await serviceUser(serve);
    let seen = 0;
    for (let kill = 0; kill < kills; kill++) {
      const acknowledged: string[] = [];
      const creators = Array.from({ length: creatorsAtOnce }, (_, at) =>
        createUntilKilled(serve, userId, `k${kill}-${at}`, acknowledged),
      );
      // Another moment of the work each time, and never before anything is acknowledged.
      while (acknowledged.length <= kill % 5) await after(5);
      await after((kill % 7) * 3);
      await serve.kill();
      await Promise.all(creators);
      await serve.start();
      seen += acknowledged.length;
      const answers = await Promise.all(
        acknowledged.map((secret) =>
          fetch(`${serve.proxy}/.wayleave/whoami`, { headers: { authorization: `Bearer ${secret}` } }),
        ),
      );
      expect(answers.map(({ status }) => status)).toEqual(acknowledged.map(() => 200));
    }
    expect(seen).toBeGreaterThanOrEqual(kills);
  },
);
