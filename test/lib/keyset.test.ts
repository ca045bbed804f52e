import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { newId } from '../../src/lib/ids.ts';
import { containsPattern, idBefore, isCursor, isId, pageOf } from '../../src/lib/keyset.ts';

const items = (count: number): { id: string }[] =>
  Array.from({ length: count }, (_, at) => ({ id: newId('tok', 1000 + at) })).toReversed();

test('a page names the next one only when there is more, and that one begins below it', () => {
  const rows = items(3);
  expect(pageOf(rows, 3)).toEqual({ items: rows, nextCursor: null });
  expect(pageOf([], 3)).toEqual({ items: [], nextCursor: null });
  const { items: first, nextCursor } = pageOf(rows, 2);
  expect(first).toEqual(rows.slice(0, 2));
  expect(idBefore({ limit: 2, cursor: nextCursor ?? '' })).toBe(rows[1]?.id);
});

test('without a cursor a list begins above every id, with a wrong one it ends below every id', () => {
  const id = newId('org', Number.MAX_SAFE_INTEGER % 2 ** 48);
  expect(idBefore({ limit: 1 }) > id).toBe(true);
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(isCursor(text)).toBe(false);
      expect(idBefore({ limit: 1, cursor: text })).toBe('');
    }),
  );
});

test('only ids as we make them are taken for such', () => {
  expect(isId(newId('usr', 0))).toBe(true);
  for (const text of ['', 'usr_', 'platform', `USR_${'0'.repeat(26)}`, `usr_${'0'.repeat(27)}`])
    expect(isId(text)).toBe(false);
});

test('what means something in a pattern is escaped', () => {
  expect(containsPattern(String.raw`50%_\x`)).toBe(String.raw`%50\%\_\\x%`);
});
