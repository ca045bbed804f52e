import { expect, test } from 'vitest';
import { flag, instant, instantOrNull, integer, oneOf, text, textOrNull, texts } from '../../src/lib/row.ts';

const row = {
  word: 'a',
  nothing: null,
  words: ['a', 'b'],
  mixed: ['a', 1],
  whole: 3,
  part: 0.5,
  yes: true,
  when: new Date(5),
};

test('a column of the right type is read', () => {
  expect([text(row, 'word'), textOrNull(row, 'nothing'), texts(row, 'words')]).toEqual(['a', null, ['a', 'b']]);
  expect([integer(row, 'whole'), flag(row, 'yes'), instant(row, 'when')]).toEqual([3, true, 5]);
  expect([instantOrNull(row, 'nothing'), oneOf(row, 'word', ['b', 'a'])]).toEqual([null, 'a']);
});

test.each([
  () => text(row, 'nothing'),
  () => text(row, 'absent'),
  () => textOrNull(row, 'whole'),
  () => texts(row, 'mixed'),
  () => texts(row, 'word'),
  () => integer(row, 'part'),
  () => flag(row, 'word'),
  () => instant(row, 'whole'),
  () => oneOf(row, 'word', ['b', 'c']),
])('a column of another type is no value: %s', (read) => {
  expect(read).toThrow(/^the column \w+ should hold /);
});
