import { setTimeout as delay } from 'node:timers/promises';
import { openRedisNode, someHash, someKeyPrefix, someRecord } from './redis-fixture.ts';

// What a node has of a Redis behind TLS, in a process of its own: which authorities it believes is its environment's.
const node = openRedisNode({ url: process.argv[2] ?? '', keyPrefix: someKeyPrefix() });
const hash = someHash();
let found = false;
/** Why there is no connection; that there is none yet is no reason. */
const refusal = (): string | undefined => node.errors.find((error) => !error.includes("isn't writeable"));
while (!found && refusal() === undefined) {
  await delay(10);
  if ((await node.client.ask((redis) => redis.ping())).kind === 'unanswered') continue;
  await node.tier.put(hash, someRecord(), 1);
  found = (await node.tier.get(hash)) !== undefined;
}
process.stdout.write(`ready ${found ? 'found' : refusal()}\n`);
await node.close();
