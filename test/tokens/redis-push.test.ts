import { beforeAll, describe, expect, it } from 'vitest';
import { startFaultProxy } from '../support/fault-proxy.ts';
import { sharedRedis, startRedis } from '../support/redis.ts';
import { SealedTexts } from '../../src/tokens/sealed-text.ts';
import {
  openRedisNode,
  plainRedis,
  secret,
  secretOf,
  someKeyPrefix,
  untilAnswered,
  type RedisNode,
} from './redis-fixture.ts';

let url: string;
let keyPrefix: string;

beforeAll(async () => {
  ({ url, keyPrefix } = await sharedRedis());
});

/** What a node hears from now on. */
function listen({ push }: RedisNode): number[] {
  const heard: number[] = [];
  push.subscribe((number) => heard.push(number));
  return heard;
}

let numbers = 0;

/** Announces higher and higher numbers until one has come through. */
async function untilHeard(from: RedisNode, heard: readonly number[]): Promise<void> {
  const before = heard.length;
  await expect
    .poll(() => {
      from.push.announce(++numbers);
      return heard.length;
    })
    .toBeGreaterThan(before);
}

describe('push over Redis', () => {
  it('tells every node how far the change log has got', async () => {
    const [one, other] = [openRedisNode({ url, keyPrefix }), openRedisNode({ url, keyPrefix })];
    const [here, there] = [listen(one), listen(other)];
    await untilHeard(one, there);
    await untilHeard(other, here);
    one.push.announce(1000);
    await expect.poll(() => there.at(-1)).toBe(1000);
    expect([one.alarms, other.alarms]).toEqual([[], []]);
  });

  it('drops what no node has sent, with an alarm, and what has been sent before, without', async () => {
    const prefix = someKeyPrefix();
    const [one, other] = [openRedisNode({ url, keyPrefix: prefix }), openRedisNode({ url, keyPrefix: prefix })];
    const heard = listen(other);
    const intruder = plainRedis(url);
    await untilHeard(one, heard);
    const channel = `${prefix}changes`;
    const genuine = new SealedTexts(secret.deriveKey('bus')).seal(channel, { number: 5000, body: '' });
    const forged = [
      '9007199254740991',
      `6000.${'A'.repeat(43)}.`,
      genuine.replace(/^5000/, '6000'),
      new SealedTexts(secretOf('the secret key of a stranger, long enough').deriveKey('bus')).seal(channel, {
        number: 6000,
        body: '',
      }),
      new SealedTexts(secret.deriveKey('redis')).seal(channel, { number: 6000, body: '' }),
      new SealedTexts(secret.deriveKey('bus')).seal(`${channel}2`, { number: 6000, body: '' }),
      'x'.repeat(1_000_000),
      '',
    ];
    await intruder.publish(channel, genuine);
    for (const message of forged) await intruder.publish(channel, message);
    for (let again = 0; again < 1000; again++) await intruder.publish(channel, genuine);
    one.push.announce(7000);
    await expect.poll(() => heard.at(-1)).toBe(7000);
    expect(heard.filter((number) => number >= 5000)).toEqual([5000, 7000]);
    expect(other.alarms).toEqual(forged.map(() => 'message'));
  });

  it('goes on by itself after Redis was killed, after it hung and after its connections were cut', async () => {
    const server = await startRedis();
    const proxy = await startFaultProxy(server.port);
    const options = { url: `redis://127.0.0.1:${proxy.port}`, keyPrefix: someKeyPrefix() };
    const [one, other] = [openRedisNode(options), openRedisNode(options)];
    const heard = listen(other);
    await untilHeard(one, heard);
    await server.kill();
    await server.start();
    await untilHeard(one, heard);
    proxy.drop();
    await untilHeard(one, heard);
    proxy.stall();
    // The listener finds out by its heartbeat that nobody is there.
    await expect.poll(() => other.errors.some((error) => error.includes('Socket timeout'))).toBe(true);
    await proxy.pass();
    await untilHeard(one, heard);
  });

  it('announces to nobody without waiting, and hears nothing after its end', async () => {
    const [one, other] = [openRedisNode({ url, keyPrefix }), openRedisNode({ url, keyPrefix })];
    await untilAnswered(one);
    await untilAnswered(other);
    const heard = listen(other);
    await untilHeard(one, heard);
    await other.close();
    const before = heard.length;
    one.push.announce(++numbers);
    await untilAnswered(one);
    expect(heard.length).toBe(before);
  });
});
