import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isTokenPrefix, mintToken, parseToken, tokenKinds } from '../../src/core/token.ts';
import { count } from '../support/counts.ts';

const printable = fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code));

describe('a token', () => {
  it.each(tokenKinds)('of kind %s is read back as what it is', (kind) => {
    const token = mintToken('wl', kind);
    expect(token).toMatch(new RegExp(`^wl_${kind}_[0-9A-Za-z]{46}$`));
    expect(parseToken(token, ['wl'])).toMatchObject({ kind });
  });

  it('with any single character changed is refused before any lookup', () => {
    fc.assert(
      fc.property(fc.constantFrom(...tokenKinds), fc.nat(), printable, (kind, position, character) => {
        const token = mintToken('wl', kind);
        const at = position % token.length;
        fc.pre(token[at] !== character);
        expect(parseToken(token.slice(0, at) + character + token.slice(at + 1), ['wl'])).toBeUndefined();
      }),
      { numRuns: count(2000, 10_000) },
    );
  });

  it('cut short, made longer or in another case is refused', () => {
    const token = mintToken('wl', 'pat');
    for (const text of [token.slice(0, -1), `${token}0`, token.toUpperCase(), ` ${token}`, `${token}\n`, '']) {
      expect(parseToken(text, ['wl'])).toBeUndefined();
    }
  });

  it('of an older prefix is taken only where that prefix is accepted', () => {
    const token = mintToken('old', 'pat');
    expect(parseToken(token, ['wl'])).toBeUndefined();
    expect(parseToken(token, ['wl', 'old'])).toBeDefined();
  });

  it('is never drawn twice, and its characters are evenly spread', () => {
    const tokens = Array.from({ length: 2000 }, () => mintToken('wl', 'pat'));
    expect(new Set(tokens).size).toBe(tokens.length);
    const seen = new Map<string, number>();
    for (const character of tokens.map((token) => token.slice(7, 47)).join('')) {
      seen.set(character, (seen.get(character) ?? 0) + 1);
    }
    // 80,000 draws of 62 characters: 1,290 each; 200 is more than five standard deviations.
    expect([...seen.values()].filter((times) => Math.abs(times - 80_000 / 62) > 200)).toEqual([]);
  });
});

describe('a token prefix', () => {
  it.each(['wl', 'a', 'acme1', 'abcdefghijklmnop'])('may be %s', (text) => expect(isTokenPrefix(text)).toBe(true));
  it.each(['', 'WL', '1a', 'a_b', 'a-b', 'abcdefghijklmnopq'])('may not be %j', (text) =>
    expect(isTokenPrefix(text)).toBe(false),
  );
});
