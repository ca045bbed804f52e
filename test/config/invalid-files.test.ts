import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readEnvironment } from '../../src/config/environment.ts';
import { loadConfig } from '../../src/config/load.ts';
import { renderProblems } from '../../src/config/report.ts';

/**
 * Each file in invalid/ has one fault, unless its name begins with `several-`. What people are told stands beside it in a
 * `.txt`: read it as one of them when it changes.
 */
const folder = join(import.meta.dirname, 'invalid');
const files = readdirSync(folder).filter((name) => name.endsWith('.yaml'));
const environment = readEnvironment({
  SECRET: 'hunter2://somewhere',
  WEBHOOK_KEY: 'whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX',
});

const problemsOf = new Map(
  files.map((name) => {
    const outcome = loadConfig(join(folder, name), environment);
    return [name, outcome.kind === 'invalid' ? outcome.problems : []];
  }),
);
const texts = new Map(
  [...problemsOf].map(([name, problems]) => [name, renderProblems(problems).replaceAll(`${folder}/`, '')]),
);

describe('a gateway.yaml with a fault is refused with its place, its code and the way out', () => {
  test.each(files)('%s', async (name) => {
    await expect(texts.get(name)).toMatchFileSnapshot(join(folder, name.replace(/yaml$/, 'txt')));
    const count = problemsOf.get(name)?.length ?? 0;
    if (name.startsWith('several-')) expect(count).toBeGreaterThan(1);
    else expect(count).toBe(1);
  });
});

test('no message shows what the environment put into the file, or a password in a URL', () => {
  for (const text of texts.values()) expect(text).not.toMatch(/hunter2|user:pw|AAECAwQF|c2hvcnQ/);
});

test('no message speaks of the parser, the schema library or the program', () => {
  for (const text of texts.values()) expect(text).not.toMatch(/zod|YAML\.|undefined|\[object|Invalid input|at \w+ \(/);
});
