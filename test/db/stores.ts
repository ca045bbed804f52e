import { StoreUnavailable } from '../../src/core/store-unavailable.ts';
import { openStore, type Store, type StoreLocation } from '../../src/db/store.ts';
import { onCleanup } from '../support/cleanup.ts';
import { emptyDataDir } from '../support/empty-data-dir.ts';
import { freshDatabase } from '../support/postgres.ts';

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
