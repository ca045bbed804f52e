import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readEnvironment } from '../../src/config/environment.ts';
import { loadConfig } from '../../src/config/load.ts';
import { readConfigFile } from '../../src/config/load-file.ts';
import { tempDir } from '../support/temp-dir.ts';
import { small } from './parse.ts';

const folder = await tempDir('config');

function written(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

function message(path: string): string {
  const outcome = readConfigFile(path);
  return outcome.kind === 'refused' ? `${outcome.code}: ${outcome.message.replaceAll(folder, '')}` : 'read';
}

describe('a file that cannot be read is named with the reason', () => {
  test('when there is none', () => {
    expect(message(join(folder, 'gateway.yaml'))).toBe('file-missing: there is no file /gateway.yaml');
  });

  test('when a part of the path is a file', () => {
    const path = join(written('file', 'x'), 'gateway.yaml');
    expect(message(path)).toBe('file-missing: there is no file /file/gateway.yaml: a part of the path is not a folder');
  });

  test('when it is a folder', () => {
    mkdirSync(join(folder, 'gateway.d'));
    expect(message(join(folder, 'gateway.d'))).toBe('file-unreadable: /gateway.d is a folder');
  });
});

describe('only text of a sane size is parsed', () => {
  test('a file of 30 MB is refused before it is parsed', () => {
    const path = written('huge.yaml', `${'# comment\n'.repeat(3_000_000)}${small()}`);
    expect(message(path)).toBe('file-too-large: the file is larger than 2 MiB');
  });

  test('a file without an end is read no further than the bound', () => {
    expect(message('/dev/zero')).toBe('file-too-large: the file is larger than 2 MiB');
  });

  test('a file of just the bound is read', () => {
    const text = small();
    expect(message(written('full.yaml', text + '#'.repeat(2 * 1024 * 1024 - text.length)))).toBe('read');
  });

  test.each([
    ['UTF-16 with a mark', Buffer.from('\uFEFFversion: 1\n', 'utf16le'), 'the file is UTF-16'],
    ['UTF-16 the other way round', Buffer.from('\uFEFFversion: 1\n', 'utf16le').swap16(), 'the file is UTF-16'],
    ['UTF-16 without a mark', Buffer.from('version: 1\n', 'utf16le'), 'the file is UTF-16'],
    ['a program', Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0, 0, 0]), 'the file is binary, not text'],
    ['Latin-1', Buffer.from('# Gerät\n', 'latin1'), 'the file is not UTF-8'],
    ['cut within a character', Buffer.from('# Gerät\n').subarray(0, 6), 'the file is not UTF-8'],
  ])('%s is refused', (_, bytes, text) => {
    expect(message(written('encoded.yaml', bytes))).toBe(`file-encoding: ${text}`);
  });
});

test('a byte order mark counts for no column', () => {
  const path = written('mark.yaml', `\uFEFFversin: 1\n`);
  const outcome = loadConfig(path, readEnvironment({}));
  const found = outcome.kind === 'invalid' ? outcome.problems : [];
  expect(found).toContainEqual(expect.objectContaining({ line: 1, column: 1, endColumn: 7, code: 'unknown-key' }));
});

test('a file that is read and good becomes a configuration that names it', () => {
  const path = written('good.yaml', small());
  expect(loadConfig(path, readEnvironment({}))).toMatchObject({ kind: 'ok', config: { file: path }, warnings: [] });
});
