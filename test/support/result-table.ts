import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Reporter, TestModule } from 'vitest/node';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = fileURLToPath(new URL('../results', import.meta.url));

/**
 * Writes what `npm run test:long` found to test/results/<date>.md; what a test says by `annotate` stands beside it. A
 * run of some files leaves the rows of the others as they were, so the table may be gathered in parts.
 */
export class ResultTable implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const date = new Date().toISOString().slice(0, 10);
    const path = `${folder}/${date}.md`;
    mkdirSync(folder, { recursive: true });
    const files = modules.map((module) => ({ file: fileOf(module), rows: moduleRows(module) }));
    writeFileSync(path, resultTable(date, merged(existsSync(path) ? readFileSync(path, 'utf8') : '', files)));
  }
}

export interface FileRows {
  readonly file: string;
  readonly rows: readonly string[];
}

/** The rows of a table by their files, those of the files given in the place of what it had of them. */
export function merged(table: string, given: readonly FileRows[]): string[] {
  const ran = new Set(given.map(({ file }) => file));
  const kept = [...table.matchAll(/^\| (test\/\S+\.test\.ts)\b.*$/gm)].filter(([, file = '']) => !ran.has(file));
  const all = [...given, ...kept.map(([text, file = '']) => ({ file, rows: [text] }))];
  return all.toSorted((one, other) => one.file.localeCompare(other.file)).flatMap(({ rows }) => rows);
}

function resultTable(date: string, rows: readonly string[]): string {
  const gigabytes = Math.round(totalmem() / 1024 ** 3);
  const machine = `${cpus().length} x ${cpus()[0]?.model ?? 'unknown processor'}, ${gigabytes} GiB, ${process.platform}`;
  const lines = [
    `# Results of \`npm run test:long\`, ${date}`,
    '',
    `Node ${process.versions.node} on ${machine}.`,
    '',
    '| test | result | seconds | figures |',
    '| --- | --- | ---: | --- |',
    ...rows,
  ];
  return `${lines.join('\n')}\n`;
}

const fileOf = (module: TestModule): string => relative(root, module.moduleId);

function moduleRows(module: TestModule): string[] {
  const broken = module
    .errors()
    .map((error) => ({ name: 'the file itself', state: 'failed', seconds: 0, figures: error.message }));
  const tests = [...module.children.allTests()].map((test) => ({
    name: test.fullName,
    state: test.result().state,
    seconds: (test.diagnostic()?.duration ?? 0) / 1000,
    figures: test
      .annotations()
      .map((annotation) => annotation.message)
      .join('; '),
  }));
  return fileRows(fileOf(module), [...broken, ...tests]);
}

export interface TestResult {
  readonly name: string;
  readonly state: string;
  readonly seconds: number;
  readonly figures: string;
}

/** What is quicker, passed, and has nothing to say is counted with its file alone. */
const notableSeconds = 5;

/** A row that counts the tests of a file, and one for each of them that is worth reading about. */
export function fileRows(file: string, tests: readonly TestResult[]): string[] {
  const failed = tests.filter(({ state }) => state !== 'passed').length;
  const counts = `${tests.length - failed} passed${failed === 0 ? '' : `, ${failed} failed`}`;
  const seconds = tests.reduce((sum, test) => sum + test.seconds, 0);
  const notable = tests.filter((one) => one.state !== 'passed' || one.figures !== '' || one.seconds >= notableSeconds);
  return [
    row([file, counts, seconds.toFixed(1), '']),
    ...notable.map((one) => row([`${file}: ${one.name}`, one.state, one.seconds.toFixed(1), one.figures])),
  ];
}

function row(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`;
}
