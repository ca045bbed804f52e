import { expect, test } from 'vitest';
import { doubtfulLetter, foldCase } from '../../src/core/letter-case.ts';

test.each([
  ['Admin', 'admin'],
  ['ÄÉ', 'äé'],
  ['ΟΔΟΣ', 'οδος'],
  ['οδοσ', 'ΟΔΟΣ'],
  ['\u212b', 'å'],
  ['\u00b5', '\u039c'],
  ['ДОМ', 'дом'],
])('%s and %s are spellings of one text', (one, other) => expect(foldCase(one)).toBe(foldCase(other)));

test('a folded text is its own spelling, for every letter there is', () => {
  for (let code = 0; code < 0x20000; code++) {
    if (code >= 0xd800 && code < 0xe000) continue;
    const letter = String.fromCodePoint(code);
    if (doubtfulLetter(letter) !== undefined) continue;
    const folded = foldCase(letter);
    const spellings = [folded, letter.toLowerCase(), letter.toUpperCase()].map(foldCase);
    expect(spellings, `U+${code.toString(16)}`).toEqual([folded, folded, folded]);
  }
});

test.each(['\u212a', '\u0131', '\u0130', '\u017f', 'ß', '\u1e9e', '\ufb01', '\u0149'])(
  '%s is a letter that upstreams disagree about, wherever it stands',
  (letter) => {
    expect(doubtfulLetter(letter)).toBe(letter);
    expect(doubtfulLetter(`a/é${letter}b`)).toBe(letter);
  },
);

test.each(['', 'admin', 'ADMIN', 'äÉ', 'дом', '日本', '\u{1f600}'])('%s has none', (text) => {
  expect(doubtfulLetter(text)).toBeUndefined();
});
