import { setTimeout as after } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { count } from '../support/counts.ts';
import { startServe, storeKinds, type ServeProcess } from '../support/serve-process.ts';

/** On each of the two stores: two hundred in all in a long run. */
const kills = count(3, 100);
const changersAtOnce = 3;

interface Page {
  readonly items: readonly Readonly<Record<string, unknown>>[];
  readonly next_cursor: string | null;
}

/** Makes users one after the other until the program is gone. */
async function changeUntilKilled(serve: ServeProcess, prefix: string, onChange: () => void): Promise<void> {
  for (let n = 0; ; n++) {
    try {
      const user = { kind: 'service', username: `${prefix}-${n}`, name: 'CI' };
      const response = await serve.api('POST', '/organizations/acme/users', user);
      await response.text();
      if (response.status === 201) onChange();
      // A busy store promises nothing, and comes to other work only when it is left alone for a moment.
      else if (response.status === 503) await after(20);
      else throw new Error(`answered ${response.status}`);
    } catch (error) {
      if (error instanceof TypeError) return;
      throw error;
    }
  }
}

async function everything(serve: ServeProcess, path: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const items: Readonly<Record<string, unknown>>[] = [];
  for (let cursor: string | null = ''; cursor !== null;) {
    const query = cursor === '' ? 'limit=200' : `limit=200&cursor=${cursor}`;
    const response = await serve.api('GET', `${path}${path.includes('?') ? '&' : '?'}${query}`);
    if (response.status !== 200) throw new Error(`GET ${path}: ${response.status} ${await response.text()}`);
    const page = (await response.json()) as Page;
    items.push(...page.items);
    cursor = page.next_cursor;
  }
  return items;
}

test.concurrent.each(storeKinds)(
  'kill -9 during changes on the %s store leaves both the change and its audit row, or neither',
  { timeout: kills * 60_000 },
  async (kind) => {
    const serve = await startServe(kind);
    await serve.make('/organizations', { slug: 'acme', name: 'Acme' });
    let changes = 0;
    for (let kill = 0; kill < kills; kill++) {
      const work = { acknowledged: 0 };
      const changers = Array.from({ length: changersAtOnce }, (_, at) =>
        changeUntilKilled(serve, `k${kill}-${at}`, () => work.acknowledged++),
      );
      // Another moment of the work each time, and never before anything is done.
      const enough = (kill % 5) + 1;
      while (work.acknowledged < enough) await after(5);
      await after((kill * 7) % 40);
      await serve.kill();
      await Promise.all(changers);
      await serve.start();
      const users = await everything(serve, '/organizations/acme/users');
      const rows = await everything(serve, '/audit?organization=acme&action=user.create');
      const told = rows.map((row) => (row['target'] as { id: string }).id);
      expect(told.toSorted()).toEqual(users.map((user) => String(user['id'])).toSorted());
      const verified = await serve.api('POST', '/audit/verify', {});
      expect(await verified.json()).toMatchObject({ ok: true, faults: [] });
      changes = users.length;
    }
    expect(changes).toBeGreaterThanOrEqual(kills);
  },
);
