import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ConfigOutcome } from '../../src/config/load.ts';
import { renderProblems } from '../../src/config/report.ts';
import { count } from '../support/counts.ts';
import { parse, valid } from './parse.ts';

const shipped = readFileSync(join(import.meta.dirname, '../../gateway.yaml'), 'utf8');
const complete = readFileSync(join(import.meta.dirname, 'complete.yaml'), 'utf8');

const snippets = [
  ['---\n', '...\n', '%YAML 1.1\n', '\t', '  ', '\n', '\r\n', '\r', '- ', '? ', ': ', ', ', '#', '!', '!!str ', '!x '],
  ['&a ', '*a', '<<: ', '[', ']', '{', '}', '"', "'", '|\n', '>-\n', '@', '`', '%', '\\', '\0', '\u001b[2J', '\uFEFF'],
  ['null', '~', 'true', 'no', '-1', '1e400', '.nan', '0x1F', '9007199254740993', '2001-01-01', '1_000'],
  ['__proto__: x\n', 'constructor', 'toString', 'hasOwnProperty: 1\n', '${', '${HOME}', '${X:-y}', '${X:?z}', '$${'],
  ['wayleave:platform', '*', '**', '/**', ':id', '../', '%2F', '🦊', '\ud800', 'x'.repeat(3000), '[['.repeat(400)],
].flat();

/** A change somewhere in the text: cut a piece, put a snippet in, or move a line. */
const mutation = fc.oneof(
  fc.record({ kind: fc.constant('cut' as const), at: fc.nat(4000), length: fc.integer({ min: 1, max: 200 }) }),
  fc.record({ kind: fc.constant('put' as const), at: fc.nat(4000), snippet: fc.constantFrom(...snippets) }),
  fc.record({ kind: fc.constant('move' as const), from: fc.nat(120), to: fc.nat(120) }),
);

function mutate(
  text: string,
  changes: readonly (typeof mutation extends fc.Arbitrary<infer Change> ? Change : never)[],
) {
  let mutated = text;
  for (const change of changes) {
    if (change.kind === 'cut') mutated = mutated.slice(0, change.at) + mutated.slice(change.at + change.length);
    if (change.kind === 'put') mutated = mutated.slice(0, change.at) + change.snippet + mutated.slice(change.at);
    if (change.kind === 'move') {
      const lines = mutated.split('\n');
      lines.splice(change.to, 0, ...lines.splice(change.from, 1));
      mutated = lines.join('\n');
    }
  }
  return mutated;
}

function expectSound(text: string, outcome: ConfigOutcome): void {
  const lines = text.split('\n');
  const problems = outcome.kind === 'ok' ? outcome.warnings : outcome.problems;
  if (outcome.kind === 'invalid') expect(problems.length).toBeGreaterThan(0);
  for (const { line, column, endColumn, message } of problems) {
    expect(message).not.toBe('');
    expect(lines[line - 1]).toBeDefined();
    expect(column).toBeGreaterThan(0);
    expect(column).toBeLessThanOrEqual((lines[line - 1] ?? '').length + 1);
    expect(endColumn).toBeGreaterThan(column);
  }
  expect(renderProblems(problems)).not.toMatch(/\[object|undefined|\u001b/);
}

describe('whatever happens to a good file', () => {
  test.each([
    ['the shipped one', shipped],
    ['the complete one', complete],
  ])('it is read or refused, with problems at places it has: %s', (_, original) => {
    fc.assert(
      fc.property(fc.array(mutation, { minLength: 1, maxLength: 4 }), (changes) => {
        const text = mutate(original, changes);
        expectSound(text, parse(text, { HOME: '/root' }));
      }),
      { numRuns: count(150, 10_000) },
    );
  });
});

test('a file that was cut off opens no route wider than the whole file does', () => {
  const whole = new Map(valid(shipped).routes.map((route) => [route.name, route]));
  const cut = (at: number) => {
    const outcome = parse(shipped.slice(0, at));
    if (outcome.kind === 'invalid') return;
    for (const route of outcome.config.routes) expect(route).toEqual(whole.get(route.name));
  };
  fc.assert(fc.property(fc.nat(shipped.length), cut), { numRuns: count(150, 10_000) });
});
