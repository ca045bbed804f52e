import { cp, rename, rm } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { StoreUnavailable } from '../../src/core/store-unavailable.ts';
import { openStore, type Store, type StoreLocation } from '../../src/db/store.ts';
import { onCleanup } from '../support/cleanup.ts';
import { freshDatabase } from '../support/postgres.ts';
import { runDirectory, tempDir } from '../support/temp-dir.ts';

/** The two stores that every contract must hold on. */
export const storeKinds = ['postgres', 'embedded'] as const;
export type StoreKind = (typeof storeKinds)[number];

/** Where an empty store of a kind is. */
export async function emptyLocation(kind: StoreKind): Promise<StoreLocation> {
  return kind === 'postgres' ? freshDatabase() : { dataDir: await emptyDataDir() };
}

/** Opens an empty store; it is closed when the tests of this file are over. */
export async function emptyStore(kind: StoreKind): Promise<Store> {
  const store = await openStore(await emptyLocation(kind), { role: 'serve' });
  onCleanup(() => store.close());
  return store;
}

/** The same store at every call, opened at the first. */
export function openOnce(kind: StoreKind): () => Promise<Store> {
  let store: Promise<Store> | undefined;
  return () => (store ??= emptyStore(kind));
}

/**
 * A data directory with an empty embedded store. Making one takes seconds of processor time, so it is made once in a
 * test run and copied.
 */
export async function emptyDataDir(): Promise<string> {
  const template = join(runDirectory(), 'embedded-template');
  if (!existsSync(template)) {
    const made = await tempDir('embedded');
    const store = await openStore({ dataDir: made }, { role: 'serve' });
    await store.close();
    // Another test file may have been quicker.
    await rename(made, template).catch(() => rm(made, { recursive: true }));
  }
  const directory = await tempDir('store');
  await cp(template, directory, { recursive: true });
  return directory;
}

/** What a call failed with; undefined when it did not. */
export function failureOf(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => undefined,
    (error: unknown) => error,
  );
}

export async function isUnavailable(call: Promise<unknown>): Promise<boolean> {
  return (await failureOf(call)) instanceof StoreUnavailable;
}
