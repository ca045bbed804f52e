import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readEnvironment } from '../../src/config/environment.ts';
import { loadConfigApart } from '../../src/config/load-apart.ts';
import { loadConfig } from '../../src/config/load.ts';
import { tempDir } from '../support/temp-dir.ts';

const environment = readEnvironment({});

it('a file read in a thread of its own is the same configuration', async () => {
  const file = join(import.meta.dirname, '../../gateway.yaml');
  const [here, apart] = [loadConfig(file, environment), await loadConfigApart(file, environment)];
  if (here.kind === 'invalid' || apart.kind === 'invalid') throw new Error(JSON.stringify([here, apart]));
  expect(apart.config).toEqual(here.config);
  expect(apart.shown).toEqual(here.shown);
});

it('what is wrong with it is told as without the thread', async () => {
  const file = join(await tempDir('apart'), 'gateway.yaml');
  writeFileSync(file, 'version: 2\nnonsense: 1\n');
  expect(await loadConfigApart(file, environment)).toEqual(loadConfig(file, environment));
  expect(await loadConfigApart(`${file}.none`, environment)).toEqual(loadConfig(`${file}.none`, environment));
});

it('a device or a pipe in its place, which has no end, keeps nobody waiting', async () => {
  expect(await loadConfigApart('/dev/zero', environment)).toMatchObject({ problems: [{ code: 'file-unreadable' }] });
});
