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
  const name = fileOf(module);
  const broken = module.errors().map((error) => row([name, 'failed', '', error.message]));
  const tests = [...module.children.allTests()].map((test) => {
    const seconds = ((test.diagnostic()?.duration ?? 0) / 1000).toFixed(1);
    const figures = test.annotations().map((annotation) => annotation.message);
    return row([`${name}: ${test.fullName}`, test.result().state, seconds, figures.join('; ')]);
  });
  return [...broken, ...tests];
}

function row(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`;
}
