import { expect, test } from 'vitest';
import { formatPath } from '../../src/config/config-problem.ts';
import { renderProblems } from '../../src/config/report.ts';
import { parse, small } from './parse.ts';

function report(text: string): string {
  const outcome = parse(text);
  return outcome.kind === 'invalid' ? renderProblems(outcome.problems) : '';
}

test('a problem looks as the contract says', () => {
  const text = small().replace('scopes: device:read\n', 'scope: [device:read]\n');
  expect(report(text)).toBe(`\
/etc/wayleave/gateway.yaml:9:5  error  unknown-key  routes[0].scope: unknown key "scope"; did you mean "scopes"?
   8 |     upstream: inventory
   9 |     scope: [device:read]
     |     ^^^^^
`);
});

test('what a file holds cannot move the cursor, colour the terminal or hide text', () => {
  const shown = report(small().replace('inventory\n', '"in\u001b[31m\u009b\u202e\u0007"\n'));
  expect(shown).toContain('there is no upstream');
  expect(shown).not.toMatch(/[^\P{C}\n]/u);
});

test('the caret stands under the fault where tabs stand before it', () => {
  const text = small().replace('upstream: inventory', 'upstream:\t\tinventry');
  expect(report(text)).toContain('   8 |     upstream:\t\tinventry\n     |              \t\t^^^^^^^^\n');
});

test('a line too long to look at is left out', () => {
  const text = small().replace('inventory\n', `"${'x'.repeat(5000)}"\n`);
  expect(report(text)).not.toContain('^');
  expect(report(text).length).toBeLessThan(400);
});

test('of very many problems the first hundred are shown, and how many more there are', () => {
  const text = `${small()}${Array.from({ length: 250 }, (_, n) => `x${n}: 1\n`).join('')}`;
  expect(report(text).match(/unknown-key/g)).toHaveLength(100);
  expect(report(text)).toMatch(/\nand 150 more; `wayleave validate --json` lists them all\n$/);
});

test('paths are written so that they can be found', () => {
  expect(formatPath(['routes', 0, 'match', 'path'])).toBe('routes[0].match.path');
  expect(formatPath(['scopes', 'device:read'])).toBe('scopes["device:read"]');
  expect(formatPath([])).toBe('');
});
