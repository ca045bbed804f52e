import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse as parseYaml } from 'yaml';
import { initCommand } from '../../src/commands/init.ts';
import { validateCommand } from '../../src/commands/validate.ts';
import type { JsonSchema } from '../../src/config/json-schema.ts';
import { schemaFaults } from '../config/schema-validator.ts';
import { tempDir } from '../support/temp-dir.ts';
import { memoryIo } from './memory-io.ts';

const folder = await tempDir('init');

async function run(command: typeof initCommand, ...args: string[]) {
  const io = memoryIo();
  const exit = await command.run(args, io);
  return { exit, out: io.out.join(''), err: io.err.join('') };
}

test('what init writes is valid without a warning, by the gateway and by the schema beside it', async () => {
  const file = join(folder, 'new.yaml');
  const { exit, out } = await run(initCommand, file);
  expect({ exit, out }).toEqual({ exit: 0, out: `${file}\n${join(folder, 'gateway.schema.json')}\n` });
  expect(await run(validateCommand, file, '--strict')).toMatchObject({ exit: 0 });
  const schema = JSON.parse(readFileSync(join(folder, 'gateway.schema.json'), 'utf8')) as JsonSchema;
  expect(schemaFaults(schema, parseYaml(readFileSync(file, 'utf8')), schema)).toEqual([]);
});

test('it names its schema in the comments of both families of editors, each on a line of its own', async () => {
  const file = join(folder, 'comments.yaml');
  await run(initCommand, file);
  const lines = readFileSync(file, 'utf8').split('\n');
  expect(lines[0]).toBe('# yaml-language-server: $schema=./gateway.schema.json');
  expect(lines[1]).toBe('# $schema: ./gateway.schema.json');
});

test('a file that is there is left alone, unless told otherwise', async () => {
  const file = join(folder, 'mine.yaml');
  writeFileSync(file, 'mine');
  const { exit, err } = await run(initCommand, file);
  expect(exit).toBe(1);
  expect(err).toContain(`${file}: it is there already; say --force to write over it`);
  expect(readFileSync(file, 'utf8')).toBe('mine');
  expect(await run(initCommand, file, '--force')).toMatchObject({ exit: 0 });
  expect(readFileSync(file, 'utf8')).toContain('version: 1');
});

test('a folder that is not there is told of in a sentence', async () => {
  const { exit, err } = await run(initCommand, join(folder, 'none', 'gateway.yaml'));
  expect(exit).toBe(1);
  expect(err).toContain('it cannot be written (ENOENT)');
});
