import { randomBytes } from 'node:crypto';
import { chmod, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openSecretKey } from '../../src/db/secret-key.ts';
import { tempDir } from '../support/temp-dir.ts';

const postgres = { url: 'postgres://127.0.0.1/nothing' };

describe('the secret key of a store', () => {
  it('with Postgres has to be given, and the refusal says how', () => {
    expect(() => openSecretKey(postgres, undefined)).toThrow(
      'With Postgres (store.postgres, DATABASE_URL), WAYLEAVE_SECRET_KEY or WAYLEAVE_SECRET_KEY_FILE must be set, to ' +
        'the same value on every node. Make one with: openssl rand -base64 32',
    );
  });

  it('that is too short is refused without being shown', () => {
    const refusal =
      'WAYLEAVE_SECRET_KEY has 7 bytes, and at least 32 are needed. Make one with: openssl rand -base64 32';
    expect(() => openSecretKey(postgres, 'hunter2')).toThrow(refusal);
  });

  it('of an embedded store is made once, for its owner alone, and stays the same', async () => {
    const dataDir = join(await tempDir('secret-key'), 'data');
    const first = openSecretKey({ dataDir }, undefined).deriveKey('redis');
    const path = join(dataDir, 'secret-key');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(Buffer.from(await readFile(path, 'utf8'), 'base64')).toHaveLength(32);
    await chmod(path, 0o644);
    expect(openSecretKey({ dataDir }, undefined).deriveKey('redis')).toEqual(first);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await readdir(dataDir)).toEqual(['secret-key']);
  });

  it('of an embedded store gives way to the one that the environment gives', async () => {
    const dataDir = await tempDir('secret-key');
    const given = randomBytes(32).toString('hex');
    const key = openSecretKey({ dataDir }, given).deriveKey('bus');
    expect(key).toEqual(openSecretKey(postgres, given).deriveKey('bus'));
    expect(await readdir(dataDir)).toEqual([]);
  });

  it('of an embedded store is not made anew over a file that has gone bad', async () => {
    const dataDir = await tempDir('secret-key');
    const path = join(dataDir, 'secret-key');
    await writeFile(path, '\n');
    expect(() => openSecretKey({ dataDir }, undefined)).toThrow(`${path} has 0 bytes, and at least 32 are needed`);
    expect(await readFile(path, 'utf8')).toBe('\n');
  });
});
