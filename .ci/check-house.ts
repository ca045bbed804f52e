/**
 * The rules of the house that the linter cannot express. Prints what breaks them and exits 1:
 * - every TypeScript file is seen by the linter and by the compiler, so that neither passes by looking at nothing;
 * - only src/lib/clock.ts reads the time (the linter knows `Date.now()`; this finds `new Date()`);
 * - the visible top level holds what it is meant to hold and nothing else.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';

const topLevel = new Set(
  `package.json package-lock.json tsconfig.json tsconfig.build.json gateway.yaml Dockerfile
   README.md LICENSE CHANGELOG.md SECURITY.md src admin test deploy`.split(/\s+/),
);

/** As `npm run check:types` compiles them; pages run in a browser, and so does what the tests of the console evaluate there. */
const projects = ['tsconfig.json', 'admin/tsconfig.json', 'test/console/tsconfig.json'];

/** The files of the repository: known to git, or new and not ignored. */
function repositoryFiles(): string[] {
  const listed = lines('git', ['ls-files', '--cached', '--others', '--exclude-standard', '--deduplicate']);
  const deleted = new Set(lines('git', ['ls-files', '--deleted']));
  return listed.filter((file) => !deleted.has(file));
}

function lines(command: string, args: readonly string[]): string[] {
  const output = execFileSync(command, args, { encoding: 'utf8', maxBuffer: 64 * 1024 ** 2 });
  return output.split('\n').filter((line) => line !== '');
}

function unseen(sources: readonly string[]): string[] {
  const bin = 'node_modules/.bin';
  const linted = new Set(lines(`${bin}/oxlint`, ['--debug=files']).map(relativePath));
  const compiled = new Set(
    projects.flatMap((project) => lines(`${bin}/tsc`, ['-p', project, '--listFilesOnly'])).map(relativePath),
  );
  return [
    ...sources.filter((file) => !linted.has(file)).map((file) => `${file}: the linter does not see this file`),
    ...sources.filter((file) => !compiled.has(file)).map((file) => `${file}: no tsconfig.json includes this file`),
  ];
}

function relativePath(path: string): string {
  return relative(process.cwd(), path);
}

function clockReaders(sources: readonly string[]): string[] {
  const readers = sources.filter((file) => file.startsWith('src/') && file !== 'src/lib/clock.ts');
  return readers.filter(readsTime).map((file) => `${file}: takes the time by new Date(); take a Clock as an argument`);
}

function readsTime(file: string): boolean {
  const code = readFileSync(file, 'utf8').replaceAll(/\/\*[^]*?\*\/|\/\/.*/g, '');
  return /\bDate\(\s*\)/.test(code);
}

function strayFiles(files: readonly string[]): string[] {
  const entries = new Set(files.map((file) => file.split('/', 1)[0] ?? file));
  const stray = [...entries].filter((entry) => !entry.startsWith('.') && !topLevel.has(entry));
  return stray.map((entry) => `${entry}: does not belong at the top level`);
}

const files = repositoryFiles();
const sources = files.filter((file) => /\.tsx?$/.test(file));
if (sources.length === 0) throw new Error('found no TypeScript files to check');
const problems = [...unseen(sources), ...clockReaders(sources), ...strayFiles(files)];
for (const problem of problems) process.stderr.write(`${problem}\n`);
process.stdout.write(`house: ${sources.length} TypeScript files, ${problems.length} problems\n`);
process.exitCode = problems.length === 0 ? 0 : 1;
