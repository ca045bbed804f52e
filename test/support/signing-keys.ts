import { publicationMs, retirementMs, signingKeyState, type SigningAlgorithm } from '../../src/core/signing-key.ts';
import { systemClock, type Clock } from '../../src/lib/clock.ts';
import { makeSealedKey } from '../../src/oauth/key-material.ts';
import type { StoredKey } from '../../src/oauth/postgres-signing-keys.ts';
import { SigningKeys } from '../../src/oauth/signing-keys.ts';
import { onCleanup } from './cleanup.ts';
import { secretKeyFixture } from './secret-key.ts';

/** Signing keys as a node knows them, from a table in memory. */
export interface SigningKeysFixture {
  readonly keys: SigningKeys;
  /** Lets a new key take over; `delayMs` as after a rotation, or 0. */
  rotate(id: string, options?: { delayMs?: number; algorithm?: SigningAlgorithm }): Promise<void>;
  /** Takes a key out of the key set. */
  retire(id: string): Promise<void>;
}

/** Keys that begin with `key_1`. */
export async function signingKeysFixture(clock: Clock = systemClock): Promise<SigningKeysFixture> {
  let table: StoredKey[] = [storedKey('key_1', 'ES256', clock.now())];
  const secretKey = secretKeyFixture();
  const keys = new SigningKeys({
    store: { read: () => Promise.resolve(table.map((key) => asOf(key, clock.now())).filter(isThere)) },
    secretKey,
    clock,
  });
  await keys.start();
  onCleanup(() => keys.close());
  const reread = async (): Promise<void> => {
    keys.refresh();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return {
    keys,
    rotate: (id, { delayMs = publicationMs, algorithm = 'ES256' } = {}) => {
      const at = clock.now() + delayMs;
      table = table.map((key) =>
        key.retiresAtMs === null ? { ...key, retiresAtMs: at, goneAtMs: at + retirementMs } : key,
      );
      table.push(storedKey(id, algorithm, at));
      return reread();
    },
    retire: (id) => {
      table = table.filter((key) => key.id !== id);
      return reread();
    },
  };
}

function storedKey(id: string, algorithm: SigningAlgorithm, signsFromMs: number): StoredKey {
  return {
    id,
    algorithm,
    state: 'published',
    createdAtMs: signsFromMs,
    signsFromMs,
    retiresAtMs: null,
    goneAtMs: null,
    sealedPrivateKey: makeSealedKey({ id, algorithm }, secretKeyFixture()),
    readAtMs: signsFromMs,
  };
}

function asOf(key: StoredKey, nowMs: number): StoredKey {
  return { ...key, state: signingKeyState(key, nowMs), readAtMs: nowMs };
}

function isThere({ state }: StoredKey): boolean {
  return state !== 'gone';
}
