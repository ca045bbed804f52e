import type { SigningKey, SigningKeys as SigningKeysPort } from '../admin-api/ports/signing-keys.ts';
import { auditInstant, platformAuditId, type AuditEvent } from '../core/audit.ts';
import type { SecretKey } from '../core/secret-key.ts';
import {
  publicationMs,
  retirementMs,
  signingAlgorithms,
  signingKeyState,
  type SigningAlgorithm,
} from '../core/signing-key.ts';
import type { ChangeLog, Database, Queryable, Transaction } from '../db/client.ts';
import type { Clock } from '../lib/clock.ts';
import { newId } from '../lib/ids.ts';
import { instant, instantOrNull, oneOf, text, textOrNull, type Row } from '../lib/row.ts';
import { checkValueOf, isCheckValueOf, makeSealedKey } from './key-material.ts';

export interface SigningKeyStore {
  readonly database: Database;
  readonly changes: ChangeLog;
  readonly secretKey: SecretKey;
  /** For ids; all that the keys do goes by the clock of the database. */
  readonly clock: Clock;
}

/** A key as the store has it; instants are of the database's clock, `readAtMs` too. */
export interface StoredKey extends SigningKey {
  /** null once the key is gone. */
  readonly sealedPrivateKey: string | null;
  readonly readAtMs: number;
}

/** Whether the store has been used with this secret key or none; nothing is changed when it was another. */
export type OpenOutcome = 'opened' | 'other_secret_key';

/** Any number that nothing else locks. Rotating and retiring take turns. */
const lockKey = 7_749_283_003;

/** Makes, changes and reads the table `signing_keys`. */
export class PostgresSigningKeys implements SigningKeysPort {
  readonly #store: SigningKeyStore;

  constructor(store: SigningKeyStore) {
    this.#store = store;
  }

  /**
   * Binds an empty store to the secret key, for whoever writes under it and signs nothing.
   * @throws StoreUnavailable
   */
  bind(): Promise<OpenOutcome> {
    const { database, secretKey } = this.#store;
    return database.query(async (sql) => ((await isBoundTo(sql, secretKey)) ? 'opened' : 'other_secret_key'));
  }

  /**
   * Binds an empty store to the secret key and makes its first key, which signs at once. Of several nodes that do so at
   * the same time one makes it, and the others find it.
   * @throws StoreUnavailable
   */
  open(algorithm: SigningAlgorithm): Promise<OpenOutcome> {
    const { changes, secretKey } = this.#store;
    return changes.transact(async (sql, changed, audit) => {
      if (!(await isBoundTo(sql, secretKey))) return 'other_secret_key';
      const [newest] = await sql`SELECT id FROM signing_keys WHERE retires_at IS NULL`;
      if (newest !== undefined) return 'opened';
      const id = await this.#add(sql, algorithm, await instantIn(sql, 0));
      // Otherwise another node has made one meanwhile.
      if (id !== undefined) {
        changed('signing_key', id);
        audit(eventOf('signing_key.create', undefined, await keyOf(sql, id)));
      }
      return 'opened';
    });
  }

  /** The keys that are not gone, in the order in which they sign. @throws StoreUnavailable */
  async read(): Promise<readonly StoredKey[]> {
    const keys = await this.#store.database.query((sql) => readKeys(sql));
    return keys.filter(({ state }) => state !== 'gone');
  }

  async list(): Promise<readonly SigningKey[]> {
    const keys = await this.#store.database.query((sql) => readKeys(sql));
    return keys.toReversed();
  }

  rotate({ algorithm, now }: { algorithm: SigningAlgorithm; now: boolean }): ReturnType<SigningKeysPort['rotate']> {
    return this.#store.changes.transact(async (sql, changed, audit) => {
      const keys = await lockedKeys(sql);
      const waiting = keys.find(({ state }) => state === 'published');
      if (waiting !== undefined && !now) return { kind: 'waiting', key: waiting };
      const at = await instantIn(sql, now ? 0 : publicationMs);
      await sql`
        UPDATE signing_keys SET retires_at = ${at}, gone_at = ${later(at, retirementMs)}
        WHERE (retires_at IS NULL OR retires_at > ${at}) AND id IS DISTINCT FROM ${waiting?.id ?? null}`;
      const id = waiting?.id ?? (await this.#add(sql, algorithm, at));
      if (id === undefined) throw new Error('a signing key was made beside the lock');
      if (waiting !== undefined) await sql`UPDATE signing_keys SET signs_from = ${at} WHERE id = ${id}`;
      const key = await keyOf(sql, id);
      changed('signing_key', id);
      audit(eventOf('signing_key.rotate', waiting, key));
      return { kind: 'rotated', key };
    });
  }

  retire(id: string): ReturnType<SigningKeysPort['retire']> {
    return this.#store.changes.transact(async (sql, changed, audit) => {
      const key = (await lockedKeys(sql)).find((one) => one.id === id);
      if (key === undefined) return undefined;
      if (key.state === 'signing') return { kind: 'signing', key };
      if (key.state === 'gone') return { kind: 'retired', key };
      const at = await instantIn(sql, 0);
      await sql`
        UPDATE signing_keys SET
          retires_at = least(retires_at, ${at}), gone_at = least(gone_at, ${at}), sealed_private_key = NULL
        WHERE id = ${id}`;
      // The key that it was to follow goes on.
      if (key.state === 'published') {
        await sql`UPDATE signing_keys SET retires_at = NULL, gone_at = NULL WHERE retires_at > ${at}`;
      }
      const retired = await keyOf(sql, id);
      changed('signing_key', id);
      audit(eventOf('signing_key.retire', key, retired));
      return { kind: 'retired', key: retired };
    });
  }

  /** @returns its id; undefined when there is a newest key already */
  async #add(sql: Transaction, algorithm: SigningAlgorithm, signsFrom: Date): Promise<string | undefined> {
    const id = newId('key', this.#store.clock.now());
    const sealed = makeSealedKey({ id, algorithm }, this.#store.secretKey);
    const made = await sql`
      INSERT INTO signing_keys (id, algorithm, sealed_private_key, signs_from)
      VALUES (${id}, ${algorithm}, ${sealed}, ${signsFrom}) ON CONFLICT DO NOTHING RETURNING id`;
    return made.length === 0 ? undefined : id;
  }
}

/** Says whether a store has been used with this secret key, from now on if never with any. */
async function isBoundTo(sql: Queryable, secretKey: SecretKey): Promise<boolean> {
  await sql`INSERT INTO secret_key_check (value) VALUES (${checkValueOf(secretKey)}) ON CONFLICT DO NOTHING`;
  const [row] = await sql`SELECT value FROM secret_key_check`;
  return isCheckValueOf(text(row ?? {}, 'value'), secretKey);
}

/** Waits for whoever is changing the keys, and throws away the private keys that nobody needs any more. */
async function lockedKeys(sql: Transaction): Promise<readonly StoredKey[]> {
  await sql`SELECT pg_advisory_xact_lock(${lockKey})`;
  await sql`UPDATE signing_keys SET sealed_private_key = NULL
    WHERE gone_at <= clock_timestamp() AND sealed_private_key IS NOT NULL`;
  return readKeys(sql);
}

async function instantIn(sql: Transaction, delayMs: number): Promise<Date> {
  const [row] = await sql`SELECT date_trunc('milliseconds', clock_timestamp()) AS at`;
  return new Date(instant(row ?? {}, 'at') + delayMs);
}

function later(at: Date, delayMs: number): Date {
  return new Date(at.getTime() + delayMs);
}

function eventOf(action: AuditEvent['action'], before: StoredKey | undefined, after: StoredKey): AuditEvent {
  const target = { kind: 'signing_key', id: after.id, name: null } as const;
  const told = before === undefined ? null : auditedFields(before);
  return { organizationId: platformAuditId, action, target, before: told, after: auditedFields(after) };
}

function auditedFields({ algorithm, state, signsFromMs, goneAtMs }: StoredKey) {
  return { algorithm, state, signs_from: auditInstant(signsFromMs), gone_at: auditInstant(goneAtMs) };
}

async function keyOf(sql: Transaction, id: string): Promise<StoredKey> {
  const key = (await readKeys(sql)).find((one) => one.id === id);
  if (key === undefined) throw new Error(`the signing key ${id} is not there any more`);
  return key;
}

async function readKeys(sql: Queryable): Promise<readonly StoredKey[]> {
  const rows = await sql`
    SELECT id, algorithm, sealed_private_key, created_at, signs_from, retires_at, gone_at, clock_timestamp() AS read_at
    FROM signing_keys ORDER BY signs_from, id`;
  return rows.map(storedKey);
}

function storedKey(row: Row): StoredKey {
  const readAtMs = instant(row, 'read_at');
  const life = {
    signsFromMs: instant(row, 'signs_from'),
    retiresAtMs: instantOrNull(row, 'retires_at'),
    goneAtMs: instantOrNull(row, 'gone_at'),
  };
  return {
    id: text(row, 'id'),
    algorithm: oneOf(row, 'algorithm', signingAlgorithms),
    state: signingKeyState(life, readAtMs),
    createdAtMs: instant(row, 'created_at'),
    ...life,
    sealedPrivateKey: textOrNull(row, 'sealed_private_key'),
    readAtMs,
  };
}
