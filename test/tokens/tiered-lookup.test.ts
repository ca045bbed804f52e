import { beforeAll, expect, test } from 'vitest';
import { StoreUnavailable } from '../../src/core/store-unavailable.ts';
import type { LookupOutcome } from '../../src/core/token-lookup.ts';
import type { TokenHash } from '../../src/core/token.ts';
import type { User } from '../../src/core/directory.ts';
import type { Store } from '../../src/db/store.ts';
import type { TokenSource } from '../../src/tokens/tiered-lookup.ts';
import { emptyStore, failureOf } from '../db/stores.ts';
import { cacheOptions, newOrganization, newToken, newUser, openNode, tokenInput, type Node } from './fixture.ts';

let store: Store;
let owner: User;
beforeAll(async () => {
  store = await emptyStore('postgres');
  const node = openNode(store);
  owner = await newUser(node, (await newOrganization(node)).id);
});

/** A node whose reads of the database are counted. */
function countingNode(): { node: Node; reads: () => number } {
  let reads = 0;
  const node = openNode(store, {
    between: (direct) => ({
      read(hash) {
        reads++;
        return direct.read(hash);
      },
    }),
  });
  return { node, reads: () => reads };
}

/** A node whose answers from the database wait, once read, until they are let go. */
function slowNode(): { node: Node; letGo: () => void; isWaiting: () => Promise<void> } {
  let letGo = (): void => undefined;
  let waits = (): void => undefined;
  const waiting = new Promise<void>((resolve) => (waits = resolve));
  const gate = new Promise<void>((resolve) => (letGo = resolve));
  const node = openNode(store, {
    between: (direct) => ({
      async read(hash) {
        const record = await direct.read(hash);
        waits();
        await gate;
        return record;
      },
    }),
  });
  return { node, letGo: () => letGo(), isWaiting: () => waiting };
}

const junk = (): TokenHash => tokenInput('usr_nobody').hash;
const idOf = (outcome: LookupOutcome): string => (outcome.kind === 'found' ? outcome.record.id : outcome.kind);

test('a thousand lookups of one cold token at once read the database once', async () => {
  const { node, reads } = countingNode();
  const { hash, token } = await newToken(node, owner.id);
  const outcomes = await Promise.all(Array.from({ length: 1000 }, () => node.find(hash)));
  expect(outcomes.map(idOf)).toEqual(outcomes.map(() => token.id));
  expect(reads()).toBe(1);
  await node.find(hash);
  expect(reads()).toBe(1);
});

test('a thousand lookups of one unknown hash at once read the database once', async () => {
  const { node, reads } = countingNode();
  const hash = junk();
  const outcomes = await Promise.all(Array.from({ length: 1000 }, () => node.find(hash)));
  expect(outcomes.every(({ kind }) => kind === 'absent')).toBe(true);
  expect(reads()).toBe(1);
});

test('a record is read again after its ttl, an absence after its own', async () => {
  const { node, reads } = countingNode();
  const { hash } = await newToken(node, owner.id);
  const unknown = junk();
  await Promise.all([node.find(hash), node.find(unknown)]);
  node.clock.advance(cacheOptions.negativeTtlMs - 1);
  await Promise.all([node.find(hash), node.find(unknown)]);
  expect(reads()).toBe(2);
  node.clock.advance(1);
  await Promise.all([node.find(hash), node.find(unknown)]);
  expect(reads()).toBe(3);
  node.clock.advance(cacheOptions.ttlMs - cacheOptions.negativeTtlMs);
  await node.find(hash);
  expect(reads()).toBe(4);
});

test('a lookup that began before a revocation and ends after it does not bring the token back', async () => {
  const { node, letGo, isWaiting } = slowNode();
  const { hash, token } = await newToken(node, owner.id);
  const begun = node.find(hash);
  await isWaiting();
  await node.tokens.act(token.id, 'revoke', owner.id);
  const joined = node.find(hash);
  letGo();
  for (const lookup of [begun, joined, node.find(hash)]) {
    expect(await lookup).toMatchObject({ record: { id: token.id, revoked: true } });
  }
});

test('a node whose lease is over answers nothing that was read before it was asked', async () => {
  const { node, letGo, isWaiting } = slowNode();
  const { hash, token } = await newToken(node, owner.id);
  const begun = node.find(hash);
  await isWaiting();
  // It was stopped, nobody waited for it any more, and it has not followed yet.
  node.freshness.lease(node.clock.monotonic());
  await openNode(store).tokens.act(token.id, 'revoke', owner.id);
  const joined = node.find(hash);
  letGo();
  await begun;
  for (const lookup of [joined, node.find(hash)]) {
    expect(await lookup).toMatchObject({ record: { id: token.id, revoked: true } });
  }
});

test('a lookup that began before its token was created and ends after it does not hide the token', async () => {
  const { node, letGo, isWaiting } = slowNode();
  const input = tokenInput(owner.id);
  const begun = node.find(input.hash);
  await isWaiting();
  await node.tokens.create(input);
  letGo();
  expect(await begun).toMatchObject({ kind: 'found' });
  expect(await node.find(input.hash)).toMatchObject({ kind: 'found' });
});

test('an absence that is remembered ends when the token is created', async () => {
  const { node } = countingNode();
  const input = tokenInput(owner.id);
  expect(await node.find(input.hash)).toEqual({ kind: 'absent' });
  await node.tokens.create(input);
  expect(await node.find(input.hash)).toMatchObject({ kind: 'found' });
});

test('a failure is shared by those who waited for it and remembered for nobody', async () => {
  let fails = true;
  let reads = 0;
  const source = (direct: TokenSource): TokenSource => ({
    read(hash) {
      reads++;
      return fails ? Promise.reject(new StoreUnavailable('for the test')) : direct.read(hash);
    },
  });
  const node = openNode(store, { between: source });
  const { hash } = await newToken(node, owner.id);
  const failures = await Promise.all(Array.from({ length: 100 }, () => failureOf(node.find(hash))));
  expect(failures.every((error) => error instanceof StoreUnavailable)).toBe(true);
  expect([reads, node.lookup.underWay, node.memory.absences]).toEqual([1, 0, 0]);
  fails = false;
  expect(await node.find(hash)).toMatchObject({ kind: 'found', source: 'postgres' });
});

test('a token that changes each time it is read is not answered at all', async () => {
  const node: Node = openNode(store, {
    between: (direct) => ({
      async read(hash) {
        const record = await direct.read(hash);
        if (record !== undefined) node.fences.raise([record.id]);
        return record;
      },
    }),
  });
  const { hash } = await newToken(node, owner.id);
  expect(await failureOf(node.find(hash))).toBeInstanceOf(StoreUnavailable);
  expect(node.memory.tokens).toBe(0);
});
