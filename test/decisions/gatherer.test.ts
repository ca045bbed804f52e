import { expect, test } from 'vitest';
import { pathShape } from '../../src/core/past-decision.ts';
import { DecisionGatherer } from '../../src/decisions/gatherer.ts';

const hour = 3_600_000;

function gatherer(bounds?: { kindsMax: number; placesMax: number }) {
  let dropped = 0;
  let nowMs = 10 * hour + 5;
  const made = new DecisionGatherer({ now: () => nowMs }, (requests) => (dropped += requests), bounds);
  const note = (path: string, further: { tokenId?: string; host?: string; outcome?: string } = {}): void =>
    made.note(
      { tokenId: 'tok_1', method: 'GET', host: 'h', path, route: 'r', outcome: 'allowed', ...further },
      '/otherwise/*',
    );
  const taken = () =>
    made
      .take()
      .flatMap(({ counts }) =>
        counts.map(({ path, requests, hourMs, tokenId }) => [tokenId, path, hourMs / hour, requests]),
      );
  return { note, taken, later: () => (nowMs += hour), dropped: () => dropped };
}

test('the same decision within an hour is counted, in another one it is another', () => {
  const { note, taken, later } = gatherer();
  note('/a');
  note('/a');
  note('/a', { outcome: 'insufficient_scope' });
  later();
  note('/a');
  expect(taken()).toEqual([
    ['tok_1', '/a', 10, 2],
    ['tok_1', '/a', 10, 1],
    ['tok_1', '/a', 11, 1],
  ]);
  expect(taken()).toEqual([]);
});

test('a client that makes up paths and hosts is no longer told apart, and costs no more memory, also when taken between', () => {
  const { note, taken, dropped } = gatherer({ kindsMax: 1000, placesMax: 3 });
  const seen = new Set<unknown>();
  for (let at = 0; at < 500; at++) {
    note(`/${'x'.repeat(1 + (at % 20))}`, { host: `h${at}` });
    if (at % 100 === 99) for (const [, path] of taken()) seen.add(path);
  }
  expect(seen.size).toBeLessThanOrEqual(4);
  expect(seen.has('/otherwise/*')).toBe(true);
  expect(dropped()).toBe(0);
});

test('one token that does so takes nothing from another', () => {
  const { note, taken } = gatherer({ kindsMax: 1000, placesMax: 3 });
  for (let at = 0; at < 100; at++) note(`/${'x'.repeat(1 + (at % 20))}`, { tokenId: '' });
  note('/mine');
  expect(taken()).toContainEqual(['tok_1', '/mine', 10, 1]);
});

test('what is beyond the bound is counted as dropped', () => {
  const { note, taken, dropped } = gatherer({ kindsMax: 10, placesMax: 3 });
  for (let at = 0; at < 30; at++) note('/a', { tokenId: `tok_${at}` });
  expect(dropped()).toBe(20);
  expect(taken()).toHaveLength(10);
});

test.each([
  ['/api/devices/42', '/api/devices/*'],
  ['/api/devices/', '/api/devices'],
  ['/', '/'],
  ['/api/Devices/x', '/api/*/x'],
  ['/u/ada@example.com/keys', '/u/*/keys'],
  [`/t/wl_pat_${'a'.repeat(46)}`, '/t/*'],
  ['/api/%C3%A4/x', '/api/*/x'],
  [`/${'a'.repeat(25)}`, '/*'],
  ['/v1/items', '/*/items'],
  [`/${'a/'.repeat(40)}`, `/${Array.from({ length: 16 }, () => 'a').join('/')}`],
])('of %s the shape %s is kept', (path, shape) => {
  expect(pathShape(path)).toBe(shape);
});
