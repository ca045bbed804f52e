import postgres from 'postgres';
import { describe, expect, it } from 'vitest';
import { publicationMs, retirementMs } from '../../src/core/signing-key.ts';
import { PostgresChangeLog } from '../../src/db/change-log.ts';
import { openStore } from '../../src/db/store.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { openSealedKey } from '../../src/oauth/key-material.ts';
import { PostgresSigningKeys } from '../../src/oauth/postgres-signing-keys.ts';
import { SigningKeys } from '../../src/oauth/signing-keys.ts';
import { auditWriter } from '../support/audit.ts';
import { onCleanup } from '../support/cleanup.ts';
import { dumpDatabase } from '../support/database-dump.ts';
import { freshDatabase } from '../support/postgres.ts';
import { secretKeyFixture } from '../support/secret-key.ts';

const secretKey = secretKeyFixture();

async function storeOn(url: string, key = secretKey): Promise<PostgresSigningKeys> {
  const store = await openStore({ url }, { role: 'serve' });
  onCleanup(() => store.close());
  const changes = new PostgresChangeLog({
    database: store.admin,
    audit: auditWriter(systemClock),
    onChange: () => undefined,
  });
  return new PostgresSigningKeys({ database: store.admin, changes, secretKey: key, clock: systemClock });
}

async function openedStore(): Promise<{ url: string; store: PostgresSigningKeys }> {
  const { url } = await freshDatabase();
  const store = await storeOn(url);
  expect(await store.open('ES256')).toBe('opened');
  return { url, store };
}

async function statesOf(store: PostgresSigningKeys): Promise<string[]> {
  return (await store.list()).map(({ state }) => state);
}

async function firstKey(store: PostgresSigningKeys) {
  const [key] = await store.list();
  if (key === undefined) throw new Error('there is no key');
  return key;
}

describe('the signing keys of a store', () => {
  it('begin with one that signs, whoever of many nodes makes it', async () => {
    const { url } = await freshDatabase();
    const stores = await Promise.all(Array.from({ length: 4 }, () => storeOn(url)));
    expect(await Promise.all(stores.map((store) => store.open('ES256')))).toEqual(stores.map(() => 'opened'));
    const keys = await Promise.all(stores.map((store) => store.list()));
    expect(keys[0]).toMatchObject([{ state: 'signing', algorithm: 'ES256', retiresAtMs: null, goneAtMs: null }]);
    for (const list of keys) expect(list.map(({ id }) => id)).toEqual(keys[0]?.map(({ id }) => id));
  });

  it('are not touched under another secret key', async () => {
    const { url } = await openedStore();
    const before = await dumpDatabase(url);
    const stranger = await storeOn(url, secretKeyFixture('another secret key, which is just as long as the first'));
    expect(await stranger.open('ES256')).toBe('other_secret_key');
    expect(await dumpDatabase(url)).toBe(before);
  });

  it('are told from those of another secret key when all of them are gone, too', async () => {
    const { url } = await openedStore();
    const sql = postgres(url, { max: 1 });
    await sql`DELETE FROM signing_keys`;
    await sql.end();
    const stranger = await storeOn(url, secretKeyFixture('another secret key, which is just as long as the first'));
    expect(await stranger.open('ES256')).toBe('other_secret_key');
    expect(await stranger.list()).toEqual([]);
  });

  it.each(['ES256', 'EdDSA'] as const)('lie nowhere in clear (%s)', async (algorithm) => {
    const { url, store } = await openedStore();
    await store.rotate({ algorithm, now: true });
    const dump = await dumpDatabase(url);
    for (const { id, algorithm: of, sealedPrivateKey } of await store.read()) {
      const key = openSealedKey(sealedPrivateKey ?? '', { id, algorithm: of }, secretKey);
      const der = key.export({ format: 'der', type: 'pkcs8' });
      const secret = Buffer.from(key.export({ format: 'jwk' }).d ?? '', 'base64url');
      expect(secret).toHaveLength(32);
      for (const form of [der, secret].flatMap((bytes) => [
        bytes.toString('base64'),
        bytes.toString('base64url'),
        bytes.toString('hex'),
      ])) {
        expect(dump).not.toContain(form);
      }
      expect(dump).toContain(sealedPrivateKey);
    }
  });

  it('open under their own id and algorithm alone', async () => {
    const { store } = await openedStore();
    const [{ id, sealedPrivateKey } = { id: '', sealedPrivateKey: '' }] = await store.read();
    const sealed = sealedPrivateKey ?? '';
    expect(() => openSealedKey(sealed, { id, algorithm: 'EdDSA' }, secretKey)).toThrow('authenticate');
    expect(() => openSealedKey(sealed, { id: 'key_other', algorithm: 'ES256' }, secretKey)).toThrow('authenticate');
    expect(() => openSealedKey(sealed, { id, algorithm: 'ES256' }, secretKey)).not.toThrow();
  });

  it('are published before they sign, and after', async () => {
    const { store } = await openedStore();
    const first = await firstKey(store);
    const { kind, key } = await store.rotate({ algorithm: 'EdDSA', now: false });
    expect({ kind, state: key.state, algorithm: key.algorithm }).toEqual({
      kind: 'rotated',
      state: 'published',
      algorithm: 'EdDSA',
    });
    const [, old] = await store.list();
    expect(key.signsFromMs - key.createdAtMs).toBeGreaterThan(publicationMs - 5000);
    expect(old).toMatchObject({ id: first.id, state: 'signing', retiresAtMs: key.signsFromMs });
    expect(old?.goneAtMs).toBe(key.signsFromMs + retirementMs);
    expect(await store.rotate({ algorithm: 'ES256', now: false })).toMatchObject({
      kind: 'waiting',
      key: { id: key.id },
    });
  });

  it('take over at once where that is asked for: the published one before a new one', async () => {
    const { store } = await openedStore();
    const { key: published } = await store.rotate({ algorithm: 'ES256', now: false });
    expect(await store.rotate({ algorithm: 'ES256', now: true })).toMatchObject({
      kind: 'rotated',
      key: { id: published.id, state: 'signing' },
    });
    expect(await statesOf(store)).toEqual(['signing', 'retired']);
    const { key: made } = await store.rotate({ algorithm: 'ES256', now: true });
    expect(made.id).not.toBe(published.id);
    expect(await statesOf(store)).toEqual(['signing', 'retired', 'retired']);
  });

  it('have one successor when two rotations meet', async () => {
    const { store } = await openedStore();
    const wish = { algorithm: 'ES256', now: false } as const;
    const outcomes = await Promise.all([store.rotate(wish), store.rotate(wish), store.rotate(wish)]);
    expect(outcomes.map(({ kind }) => kind).toSorted()).toEqual(['rotated', 'waiting', 'waiting']);
    expect(await statesOf(store)).toEqual(['published', 'signing']);
  });

  it('are not retired while they sign; then for good, and the private half with them', async () => {
    const { store, url } = await openedStore();
    const first = await firstKey(store);
    expect(await store.retire(first.id)).toMatchObject({ kind: 'signing' });
    expect(await store.retire('key_nobody')).toBeUndefined();
    await store.rotate({ algorithm: 'ES256', now: true });
    const [sealed = ''] = (await store.read()).map(({ sealedPrivateKey }) => sealedPrivateKey ?? '');
    expect(await store.retire(first.id)).toMatchObject({ kind: 'retired', key: { state: 'gone' } });
    expect(await store.retire(first.id)).toMatchObject({ kind: 'retired', key: { state: 'gone' } });
    expect(await store.read()).toHaveLength(1);
    expect(await dumpDatabase(url)).not.toContain(sealed);
  });

  it('go on as they were when the next one is retired before its time', async () => {
    const { store } = await openedStore();
    const { key } = await store.rotate({ algorithm: 'ES256', now: false });
    await store.retire(key.id);
    expect(await statesOf(store)).toEqual(['gone', 'signing']);
    const [, first] = await store.list();
    expect(first).toMatchObject({ retiresAtMs: null, goneAtMs: null });
    expect(await store.rotate({ algorithm: 'ES256', now: false })).toMatchObject({ kind: 'rotated' });
  });
});

describe('the signing keys as a node knows them', () => {
  it('go on when the store does not answer, and leave out what nobody of ours sealed', async () => {
    const { store, url } = await openedStore();
    const unreadable: string[] = [];
    const failures: unknown[] = [];
    let isDown = false;
    const keys = new SigningKeys({
      store: { read: () => (isDown ? Promise.reject(new Error('down')) : store.read()) },
      secretKey,
      clock: systemClock,
      onRead: (failure) => failures.push(failure),
      onUnreadable: (id) => unreadable.push(id),
    });
    await keys.start();
    const { id } = keys.signing();
    const sql = postgres(url, { max: 1 });
    await sql`INSERT INTO signing_keys (id, algorithm, sealed_private_key, signs_from, retires_at, gone_at)
      SELECT 'key_planted', algorithm, sealed_private_key, signs_from, now() + interval '1 h', now() + interval '1 h'
      FROM signing_keys`;
    await sql.end();
    keys.refresh();
    await expect.poll(() => failures).toEqual([undefined]);
    expect(unreadable).toEqual(['key_planted']);
    expect(keys.keySet().text).not.toContain('key_planted');
    isDown = true;
    keys.refresh();
    await expect.poll(() => failures).toHaveLength(2);
    expect(keys.signing().id).toBe(id);
    await keys.close();
  });
});
