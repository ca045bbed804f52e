import type { TokenRecord } from '../core/token-record.ts';
import type { TokenHash } from '../core/token.ts';
import type { Clock } from '../lib/clock.ts';
import type { RedisClient } from './redis-client.ts';
import { decodeRecord, encodeRecord, type WrittenRecord } from './redis-record.ts';
import { deleteIfSame, putIfNotOlder } from './redis-scripts.ts';
import { SealedTexts } from './sealed-text.ts';
import type { SharedTier, SharedValue } from './shared-tier.ts';

/** Why a value in Redis is not believed; each of them means that somebody else has written it, or moved it. */
export type ValueAlarm = 'type' | 'size' | 'seal' | 'form' | 'age';

export interface RedisTierOptions {
  readonly client: RedisClient;
  readonly clock: Clock;
  /** 32 bytes that every node has and Redis has not. */
  readonly key: Buffer;
  /** What every key begins with. */
  readonly keyPrefix: string;
  /** How long a value or a tombstone is kept. */
  readonly lifetimeMs: number;
  readonly onAlarm: (alarm: ValueAlarm) => void;
}

type Reading =
  | { readonly kind: 'hit'; readonly value: SharedValue }
  | { readonly kind: 'miss' }
  | { readonly kind: 'alarm'; readonly alarm: ValueAlarm };

const miss = { kind: 'miss' } as const;

const valueBytesMax = 65_536;
/** Enough of a value to tell it from any other: all of number and code. */
const beginningBytes = 64;
/** How far the clocks of two nodes may be apart. */
const clockSkewMs = 30_000;

/** The records that all nodes share, in Redis. What a node of ours has not written for that very token is not believed. */
export class RedisTier implements SharedTier {
  readonly #options: RedisTierOptions;
  readonly #sealed: SealedTexts;

  constructor(options: RedisTierOptions) {
    this.#options = options;
    this.#sealed = new SealedTexts(options.key);
  }

  async get(hash: TokenHash): Promise<SharedValue | undefined> {
    const key = this.#keyOf(hash);
    const answer = await this.#options.client.ask((redis) =>
      // Not GET: nobody waits for, or makes room for, a value of any size that somebody else has put there.
      redis.getrangeBuffer(key, 0, valueBytesMax).catch(wrongTypeOrThrow),
    );
    const bytes = answer.kind === 'answered' ? answer.value : Buffer.alloc(0);
    const reading = this.#read(key, bytes);
    if (reading.kind === 'hit') return reading.value;
    if (reading.kind === 'alarm') {
      this.#options.onAlarm(reading.alarm);
      void this.#discard(key, bytes);
    }
    return undefined;
  }

  put(hash: TokenHash, record: TokenRecord, asOf: number): Promise<void> {
    const written: WrittenRecord = { record, writtenAt: this.#options.clock.now() };
    return this.#put(this.#keyOf(hash), asOf, encodeRecord(written));
  }

  async bury(hashes: readonly TokenHash[], number: number): Promise<void> {
    await Promise.all(hashes.map((hash) => this.#put(this.#keyOf(hash), number, '')));
  }

  #keyOf(hash: TokenHash): string {
    return `${this.#options.keyPrefix}token:${hash}`;
  }

  async #put(key: string, number: number, body: string): Promise<void> {
    const value = this.#sealed.seal(key, { number, body });
    if (Buffer.byteLength(value) > valueBytesMax) return;
    const { client, lifetimeMs } = this.#options;
    await client.ask((redis) => redis.eval(putIfNotOlder, 1, key, number, value, lifetimeMs));
  }

  #read(key: string, bytes: Buffer | 'wrong-type'): Reading {
    if (bytes === 'wrong-type') return { kind: 'alarm', alarm: 'type' };
    if (bytes.length === 0) return miss;
    if (bytes.length > valueBytesMax) return { kind: 'alarm', alarm: 'size' };
    const sealed = this.#sealed.open(key, bytes.toString());
    if (sealed === undefined) return { kind: 'alarm', alarm: 'seal' };
    if (sealed.body === '') return miss;
    try {
      const written = decodeRecord(sealed.body);
      return written === undefined ? miss : this.#dated(written, sealed.number);
    } catch {
      return { kind: 'alarm', alarm: 'form' };
    }
  }

  /** Redis forgets a value in time, so one that is older was put there again. */
  #dated({ record, writtenAt }: WrittenRecord, asOf: number): Reading {
    const ageMs = this.#options.clock.now() - writtenAt;
    if (ageMs < -clockSkewMs || ageMs > this.#options.lifetimeMs + clockSkewMs) return { kind: 'alarm', alarm: 'age' };
    return { kind: 'hit', value: { record, asOf, ageMs: Math.max(0, ageMs) } };
  }

  async #discard(key: string, bytes: Buffer | 'wrong-type'): Promise<void> {
    const beginning = bytes === 'wrong-type' ? Buffer.alloc(0) : bytes.subarray(0, beginningBytes);
    const { client } = this.#options;
    await client.ask((redis) => redis.eval(deleteIfSame, 1, key, beginning, beginningBytes - 1));
  }
}

/** Redis has answered, with something that is no text. */
function wrongTypeOrThrow(error: unknown): 'wrong-type' {
  if (error instanceof Error && error.message.startsWith('WRONGTYPE')) return 'wrong-type';
  throw error;
}
