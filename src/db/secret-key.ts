import { randomBytes } from 'node:crypto';
import { chmodSync, closeSync, fsyncSync, linkSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { makeSecretKeyWith, parseSecretKey, type SecretKey } from '../core/secret-key.ts';
import { prepareDataDirectory } from './data-directory.ts';
import { messageOf } from './failure.ts';
import { StoreSetupError } from './setup-error.ts';
import type { StoreLocation } from './store.ts';

const variable = 'WAYLEAVE_SECRET_KEY';

/** Why nothing may be written with a secret key. */
export const otherSecretKey =
  'The store was first used with another secret key, under which its signing keys are encrypted. Set WAYLEAVE_SECRET_KEY ' +
  '(of an embedded store: its file secret-key) to the same value as then, on every node. Nothing was changed.';

/**
 * The secret key of a store: what the environment gives; for the embedded store otherwise the file `secret-key` in its
 * directory, which is made (0600) when it is not there.
 * @param given WAYLEAVE_SECRET_KEY
 * @throws StoreSetupError when there is none, or one that will not do
 */
export function openSecretKey(location: StoreLocation, given: string | undefined): SecretKey {
  if (given !== undefined) return parsed(given, variable);
  if ('dataDir' in location) return keyOfDirectory(location.dataDir);
  throw new StoreSetupError(
    `With Postgres (store.postgres, DATABASE_URL), ${variable} or ${variable}_FILE must be set, to the same value on ` +
      `every node. Make one with: ${makeSecretKeyWith}`,
  );
}

function parsed(text: string, source: string): SecretKey {
  const outcome = parseSecretKey(text);
  if (outcome.kind === 'ok') return outcome.key;
  throw new StoreSetupError(`${source} ${outcome.reason}. Make one with: ${makeSecretKeyWith}`);
}

function keyOfDirectory(dataDir: string): SecretKey {
  const directory = prepareDataDirectory(dataDir);
  const path = join(directory, 'secret-key');
  let text: string;
  try {
    text = readIfThere(path) ?? makeKey(directory, path);
    chmodSync(path, 0o600);
  } catch (error) {
    throw new StoreSetupError(`${path} cannot be used: ${messageOf(error)}. Make it readable, or set ${variable}.`, {
      cause: error,
    });
  }
  return parsed(text.replace(/\r?\n$/, ''), path);
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Makes the file whole or not at all; of two processes that do so at once, one wins, and both read what it wrote. */
function makeKey(directory: string, path: string): string {
  const draft = join(directory, `secret-key.${randomBytes(6).toString('hex')}`);
  const file = openSync(draft, 'wx', 0o600);
  try {
    writeSync(file, `${randomBytes(32).toString('base64')}\n`);
    fsyncSync(file);
    linkSync(draft, path);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  } finally {
    closeSync(file);
    rmSync(draft, { force: true });
  }
  return readFileSync(path, 'utf8');
}
