import { execFile } from 'node:child_process';
import { copyFile, mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { tempDir } from '../support/temp-dir.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const run = promisify(execFile);

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs .ci/check-house.ts in a repository of its own that holds the settings of this one and the given files. */
async function checkHouse(files: Readonly<Record<string, string>>): Promise<Outcome> {
  const folder = await tempDir('house');
  await run('git', ['init', '--quiet'], { cwd: folder });
  const settings = [
    '.gitignore',
    '.oxlintrc.json',
    'package.json',
    'tsconfig.json',
    'admin/tsconfig.json',
    'admin/vite.config.ts',
    'test/console/tsconfig.json',
  ];
  for (const file of settings) {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await copyFile(join(root, file), join(folder, file));
  }
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
  for (const [file, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await writeFile(join(folder, file), text);
  }
  const args = ['--import', 'tsx', join(root, '.ci/check-house.ts')];
  return run(process.execPath, args, { cwd: folder }).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (error: unknown) => error as Outcome,
  );
}

const fine = {
  'src/lib/fine.ts': 'export const fine = new Date(0); // new Date()\n',
  'test/console/fine.test.ts': 'export const title = document.title;\n',
};

describe('the check of the house', () => {
  test('takes a house that keeps its rules, and says how much it saw', async () => {
    const outcome = await checkHouse(fine);
    expect(outcome).toMatchObject({ code: 0, stderr: '', stdout: 'house: 3 TypeScript files, 0 problems\n' });
  });

  test.each([
    ['src/core/late.ts', 'export const now = new Date();\n', 'takes the time by new Date()'],
    ['src/core/later.ts', 'export const now = Date();\n', 'takes the time by new Date()'],
    ['scripts/any.ts', 'export const any = 1;\n', 'no tsconfig.json includes this file'],
    ['notes.txt', 'Nobody reads these.\n', 'does not belong at the top level'],
  ])('stops %s', async (file, text, problem) => {
    const outcome = await checkHouse({ ...fine, [file]: text });
    expect(outcome.code).toBe(1);
    expect(outcome.stderr).toContain(`${file}: ${problem}`);
  });

  test('stops a file that the linter is told to pass over', async () => {
    const settings = JSON.stringify({ ignorePatterns: ['src/core'] });
    const outcome = await checkHouse({
      ...fine,
      'src/core/any.ts': 'export const any = 1;\n',
      '.oxlintrc.json': settings,
    });
    expect(outcome.code).toBe(1);
    expect(outcome.stderr).toContain('src/core/any.ts: the linter does not see this file');
  });
});
