import { expect, test } from 'vitest';
import { Fences } from '../../src/tokens/fences.ts';

test('a shared record counts as long as no change with a higher number is known about its key', () => {
  const fences = new Fences(100);
  fences.raise(['usr_1'], 5);
  expect([4, 5, 6].map((asOf) => fences.trustsShared(asOf, 'usr_1'))).toEqual([false, true, true]);
  expect(fences.trustsShared(0, 'usr_2')).toBe(true);
});

test('a change whose number is not known lets no shared record count until it is followed', () => {
  const fences = new Fences(100);
  fences.raise(['usr_1']);
  expect(fences.trustsShared(1000, 'usr_1')).toBe(false);
  expect(fences.covers('usr_1', 7)).toBe(false);
  fences.raise(['usr_1'], 7);
  expect([6, 7].map((asOf) => fences.trustsShared(asOf, 'usr_1'))).toEqual([false, true]);
});

test('a fence stands for every change of its key up to its number', () => {
  const fences = new Fences(100);
  fences.raise(['usr_1'], 7);
  expect([6, 7, 8].map((number) => fences.covers('usr_1', number))).toEqual([true, true, false]);
  expect(fences.covers('usr_2', 1)).toBe(false);
});

test('a fence that had to make room still keeps older shared records out, whatever they are about', () => {
  const fences = new Fences(2);
  for (const number of [1, 2, 3, 4]) fences.raise([`usr_${number}`], number);
  expect(fences.size).toBe(2);
  expect([1, 2, 3].map((asOf) => fences.trustsShared(asOf, 'usr_9'))).toEqual([false, true, true]);
});

test('one without a number that had to make room does not keep shared records out for ever', () => {
  const fences = new Fences(1);
  fences.raise(['usr_1']);
  fences.raise(['usr_2'], 3);
  expect(fences.trustsShared(3, 'usr_1')).toBe(true);
  expect(fences.trustsShared(2, 'usr_1')).toBe(false);
});

test('once changes have been missed, nothing that was read before counts, shared or not', () => {
  const fences = new Fences(100);
  const before = fences.tick;
  fences.mistrustAll(50);
  expect(fences.trusts(before, 'usr_1')).toBe(false);
  expect(fences.trusts(fences.tick, 'usr_1')).toBe(true);
  expect([49, 50].map((asOf) => fences.trustsShared(asOf, 'usr_1'))).toEqual([false, true]);
});
