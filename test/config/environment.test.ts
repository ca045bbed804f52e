import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { EnvironmentError, readEnvironment } from '../../src/config/environment.ts';
import { tempDir } from '../support/temp-dir.ts';

const folder = await tempDir('environment');

describe.each(['DATABASE_URL', 'REDIS_URL', 'WAYLEAVE_TOKEN', 'WAYLEAVE_SECRET_KEY'])('the secret %s', (name) => {
  const path = join(folder, name);
  writeFileSync(path, 'hunter2\n');

  test('is read from the file that NAME_FILE names, without the line break at its end', () => {
    expect(readEnvironment({ [`${name}_FILE`]: path }).variables.get(name)).toBe('hunter2');
  });

  test('is refused when it is given both ways', () => {
    const both = { [name]: 'x', [`${name}_FILE`]: path };
    expect(() => readEnvironment(both)).toThrow(
      new EnvironmentError(`${name} and ${name}_FILE are both set; unset one of them`),
    );
  });

  test('is refused with the reason when its file cannot be read, and never shown', () => {
    const missing = join(folder, 'missing');
    expect(() => readEnvironment({ [`${name}_FILE`]: missing })).toThrow(
      `${name}_FILE names ${missing}, which cannot be read (ENOENT)`,
    );
    const empty = join(folder, 'empty');
    writeFileSync(empty, '\n');
    expect(() => readEnvironment({ [`${name}_FILE`]: empty })).toThrow('which is empty');
  });
});

test('empty variables count as not set', () => {
  const file = join(folder, 'url');
  writeFileSync(file, 'postgres://x/y');
  const environment = readEnvironment({ NO_COLOR: '', WAYLEAVE_CONFIG: '', DATABASE_URL: '', DATABASE_URL_FILE: file });
  expect(environment).toMatchObject({ noColor: false, configFile: undefined });
  expect(environment.variables.get('DATABASE_URL')).toBe('postgres://x/y');
});

test('other variables have no file twin', () => {
  const environment = readEnvironment({ WAYLEAVE_CONFIG: 'a.yaml', WAYLEAVE_CONFIG_FILE: '/nowhere' });
  expect(environment.configFile).toBe('a.yaml');
});

test('the names of the contract are understood', () => {
  const environment = readEnvironment({
    NO_COLOR: '1',
    WAYLEAVE_CONFIG: 'a.yaml',
    WAYLEAVE_SERVER: 'http://127.0.0.1:8081',
    WAYLEAVE_TOKEN: 't',
    WAYLEAVE_SECRET_KEY: 'k',
  });
  expect(environment).toMatchObject({
    noColor: true,
    configFile: 'a.yaml',
    server: 'http://127.0.0.1:8081',
    token: 't',
    secretKey: 'k',
  });
});
