import { describe, expect, it } from 'vitest';
import { Balance, type Load } from '../../src/upstreams/balance.ts';

interface Named extends Load {
  readonly name: string;
}

const named = (name: string, underWay = 0, underWayMax = 10): Named => ({ name, underWay, underWayMax });

/** The names that so many choices give, each of which puts one more under way. */
function choices(balance: Balance<Named>, count: number, tried: readonly Named[] = []): string {
  return Array.from({ length: count }, () => {
    const chosen = balance.choose(tried);
    if (chosen !== undefined) chosen.underWay++;
    return chosen?.name ?? '-';
  }).join('');
}

const cases: readonly [what: string, targets: readonly Named[], byLoad: boolean, chosen: string][] = [
  ['one after the other', [named('a'), named('b'), named('c')], false, 'abcabca'],
  ['one after the other whatever they have to do', [named('a', 5), named('b')], false, 'abab'],
  ['past one that is full', [named('a'), named('b', 10), named('c')], false, 'acac'],
  ['past one that becomes full', [named('a', 9), named('b')], false, 'abbb'],
  ['none when all are full', [named('a', 9), named('b', 8)], false, 'abb--'],
  ['none where there is none', [], false, '-'],
  ['the only one until it is full', [named('a', 7)], true, 'aaa-'],
  ['the one with the least to do, and equals in turn', [named('a', 2), named('b'), named('c', 2)], true, 'bbcabc'],
  ['the one with the least to do of those with room', [named('a', 1, 1), named('b', 3)], true, 'bb'],
];

describe('a balance chooses', () => {
  it.each(cases)('%s', (_, targets, byLoad, chosen) => {
    expect(choices(new Balance(targets, byLoad), chosen.length)).toBe(chosen);
  });

  it('another one for what could not be sent to the first, and nothing when each was tried', () => {
    const [a, b] = [named('a'), named('b')];
    const balance = new Balance([a, b], false);
    expect(balance.choose([a])).toBe(b);
    expect(balance.choose([b])).toBe(a);
    expect(balance.choose([a, b])).toBeUndefined();
  });

  it('spreads evenly over those that live when one is dead', () => {
    const [dead, a, b] = [named('dead'), named('a'), named('b')];
    const balance = new Balance([dead, a, b], false);
    for (let request = 0; request < 60; request++) {
      const first = balance.choose([]);
      const chosen = first === dead ? balance.choose([dead]) : first;
      if (chosen !== undefined) chosen.underWay++;
      if (a.underWay > 5 && b.underWay > 5) [a.underWay, b.underWay] = [a.underWay - 5, b.underWay - 5];
    }
    expect(Math.abs(a.underWay - b.underWay)).toBeLessThanOrEqual(1);
  });

  it('goes on when targets leave and come back', () => {
    const all = [named('a'), named('b'), named('c')];
    const balance = new Balance(all, false);
    expect(choices(balance, 3)).toBe('abc');
    balance.targets = all.slice(0, 1);
    expect(choices(balance, 2)).toBe('aa');
    balance.targets = [];
    expect([choices(balance, 1), balance.isFull]).toEqual(['-', true]);
    balance.targets = all;
    expect(choices(balance, 3).split('').toSorted().join('')).toBe('abc');
  });
});
