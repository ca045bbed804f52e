import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { validateCommand } from '../../src/commands/validate.ts';
import { small } from '../config/parse.ts';
import { tempDir } from '../support/temp-dir.ts';
import { memoryIo } from './memory-io.ts';

const folder = await tempDir('validate');

function written(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const good = written('good.yaml', small());
const doubtful = written('doubtful.yaml', `${small()}trusted_proxies: [0.0.0.0/0]\n`);
const bad = written('bad.yaml', small().replace('scopes: device:read\n', 'scopes: device:raed\n'));

async function validate(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const io = memoryIo({ env });
  const exit = await validateCommand.run(args, io);
  return { exit, out: io.out.join('').replaceAll(`${folder}/`, ''), err: io.err.join('') };
}

describe('exit 0', () => {
  test('for a valid file, with what is in it', async () => {
    const { exit, out, err } = await validate([good]);
    expect({ exit, err }).toEqual({ exit: 0, err: '' });
    expect(out).toMatch(/^good\.yaml: valid \(revision [0-9a-f]{12}: 1 route, 1 upstream, 1 scope\)\n$/);
  });

  test('for a file with warnings, which are shown', async () => {
    const { exit, out } = await validate([doubtful]);
    expect(exit).toBe(0);
    expect(out).toContain('doubtful.yaml:10:19  warning  trusts-everyone  trusted_proxies[0]: ');
    expect(out).toContain(', 0 errors, 1 warning\n');
  });

  test('for the file of WAYLEAVE_CONFIG when none is named', async () => {
    expect(await validate([], { WAYLEAVE_CONFIG: good })).toMatchObject({ exit: 0 });
  });
});

describe('exit 1', () => {
  test('for an invalid file, with every problem on standard output', async () => {
    const { exit, out, err } = await validate([bad]);
    expect({ exit, err }).toEqual({ exit: 1, err: '' });
    expect(out).toMatch(/^bad\.yaml:9:13 {2}error {2}unknown-scope {2}routes\[0\]\.scopes: .*"device:read"\?\n/);
    expect(out).toMatch(/\nbad\.yaml: not valid, 1 error, 0 warnings\n$/);
  });

  test('for a file that is not there', async () => {
    expect(await validate([join(folder, 'none.yaml')])).toMatchObject({ exit: 1 });
  });

  test('for warnings with --strict', async () => {
    expect(await validate([doubtful, '--strict'])).toMatchObject({ exit: 1 });
    expect(await validate([good, '--strict'])).toMatchObject({ exit: 0 });
  });
});

describe('exit 2', () => {
  test.each([[['--nonsense']], [[good, good]], [['--json=1']]])('for %j, with a hint at the help', async (args) => {
    const { exit, out, err } = await validate(args);
    expect({ exit, out }).toEqual({ exit: 2, out: '' });
    expect(err).toContain('See: wayleave validate --help');
  });
});

test('--json prints one document with every problem, its place and its code', async () => {
  const { exit, out } = await validate([bad, '--json']);
  expect(exit).toBe(1);
  expect(JSON.parse(out)).toEqual({
    file: 'bad.yaml',
    valid: false,
    revision: null,
    problems: [
      {
        file: 'bad.yaml',
        line: 9,
        column: 13,
        end_column: 24,
        severity: 'error',
        code: 'unknown-scope',
        path: 'routes[0].scopes',
        message: '"device:raed" is not in the catalogue (scopes: at the top); did you mean "device:read"?',
        fix: null,
      },
    ],
  });
  expect(JSON.parse((await validate([good, '--json'])).out)).toMatchObject({ valid: true, problems: [] });
});

test('the help shows examples and exit codes', async () => {
  const { exit, out } = await validate(['--help']);
  expect(exit).toBe(0);
  expect(out).toContain('Examples:');
  expect(out).toContain('Exit codes: 0 valid, 1 invalid, 2 called wrongly');
});

test('--format github writes each problem as an annotation of its line, and nothing of it as a command', async () => {
  const several = written('a,b:c.yaml', small().replace('scopes: device:read\n', 'scopes: "a\\n::error::b%"\n'));
  const { exit, out } = await validate([several, '--format', 'github']);
  expect(exit).toBe(1);
  expect(out.split('\n')).toEqual([
    expect.stringMatching(
      /^::error file=a%2Cb%3Ac\.yaml,line=9,endLine=9,col=13,endColumn=\d+,title=invalid-scope::routes\[0\]\.scopes: [^]*%25/,
    ),
    'a,b:c.yaml: not valid, 1 error, 0 warnings',
    '',
  ]);
  expect((await validate([doubtful, '--format', 'github', '--strict'])).out).toMatch(
    /^::warning file=doubtful\.yaml,line=10,/,
  );
});

test.each([[['--format', 'xml']], [['--format', 'text', '--json']]])('%j is called wrongly', async (args) => {
  expect(await validate([good, ...args])).toMatchObject({ exit: 2 });
});
