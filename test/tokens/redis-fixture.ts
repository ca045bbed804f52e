import { Redis } from 'ioredis';
import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { parseRedisUrl, type RedisAddress } from '../../src/core/redis-url.ts';
import { parseSecretKey, type SecretKey } from '../../src/core/secret-key.ts';
import type { TokenRecord } from '../../src/core/token-record.ts';
import { hashToken, mintToken, type TokenHash } from '../../src/core/token.ts';
import { systemClock, type Clock } from '../../src/lib/clock.ts';
import { RedisClient } from '../../src/tokens/redis-client.ts';
import { RedisPush } from '../../src/tokens/redis-push.ts';
import { RedisTier } from '../../src/tokens/redis-tier.ts';
import { onCleanup } from '../support/cleanup.ts';

function addressOf(url: string): RedisAddress {
  const outcome = parseRedisUrl(url);
  if (outcome.kind === 'invalid') throw new Error(outcome.reason);
  return outcome.address;
}

export function secretOf(text: string): SecretKey {
  const outcome = parseSecretKey(text);
  if (outcome.kind === 'refused') throw new Error(outcome.reason);
  return outcome.key;
}

export const secret = secretOf('a secret key of the tests alone, and long enough');

/** A Redis that nothing else of the tests shares keys with. */
export function someKeyPrefix(): string {
  return `wl-test-${randomBytes(8).toString('hex')}:`;
}

export interface RedisNode {
  readonly client: RedisClient;
  readonly tier: RedisTier;
  readonly push: RedisPush;
  /** What it has told, in order. */
  readonly alarms: string[];
  readonly errors: string[];
  readonly outages: (string | undefined)[];
  close(): Promise<void>;
}

export interface RedisNodeOptions {
  readonly url: string;
  readonly keyPrefix: string;
  readonly secretKey?: SecretKey;
  readonly lifetimeMs?: number;
  readonly clock?: Clock;
}

/** What one gateway has of Redis; it is closed with the tests of this file. */
export function openRedisNode(options: RedisNodeOptions): RedisNode {
  const { url, keyPrefix, secretKey = secret, lifetimeMs = 30_000, clock = systemClock } = options;
  const address = addressOf(url);
  const [alarms, errors, outages]: [string[], string[], (string | undefined)[]] = [[], [], []];
  const onError = (reason: Error): void => void errors.push(reason.message);
  const client = new RedisClient(address, systemClock, {
    onError,
    onOutage: (reason) => outages.push(reason?.message),
  });
  const onAlarm = (alarm: string): void => void alarms.push(alarm);
  const key = secretKey.deriveKey('redis');
  const tier = new RedisTier({ client, clock, key, keyPrefix, lifetimeMs, onAlarm });
  const push = new RedisPush({
    client,
    address,
    onError,
    channel: `${keyPrefix}changes`,
    key: secretKey.deriveKey('bus'),
    onAlarm: () => onAlarm('message'),
  });
  const close = async (): Promise<void> => {
    await push.close();
    client.close();
  };
  onCleanup(close);
  return { client, tier, push, alarms, errors, outages, close };
}

/** Waits until Redis answers a node. */
export async function untilAnswered({ client }: RedisNode): Promise<void> {
  while ((await client.ask((redis) => redis.ping())).kind === 'unanswered') await delay(10);
}

/** A plain client, for what an intruder or an operator may do; closed with the tests of this file. */
export function plainRedis(url: string): Redis {
  const redis = new Redis(url);
  redis.on('error', () => undefined);
  onCleanup(() => redis.disconnect());
  return redis;
}

export function someHash(): TokenHash {
  return hashToken(mintToken('wl', 'pat'));
}

export function someRecord(changes: Partial<TokenRecord> = {}): TokenRecord {
  return {
    id: 'tok_1',
    kind: 'pat',
    scopes: ['device:read', 'device:write'],
    expiresAt: 1_900_000_000_000,
    disabled: false,
    revoked: false,
    allowedIps: [],
    issuedAt: 0,
    secretExpiresAt: null,
    owner: {
      id: 'usr_1',
      username: 'somebody',
      email: 'somebody@example.com',
      kind: 'human',
      status: 'active',
      organization: { id: 'org_1', slug: 'acme', status: 'active' },
      roles: ['analytics/viewer'],
    },
    ...changes,
  };
}
