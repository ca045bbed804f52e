import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Reporter, TestModule } from 'vitest/node';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = fileURLToPath(new URL('../results', import.meta.url));

/** Writes what `npm run test:long` found to test/results/<date>.md; what a test says by `annotate` stands beside it. */
export class ResultTable implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const date = new Date().toISOString().slice(0, 10);
    mkdirSync(folder, { recursive: true });
    writeFileSync(`${folder}/${date}.md`, resultTable(date, modules));
  }
}

function resultTable(date: string, modules: readonly TestModule[]): string {
  const gigabytes = Math.round(totalmem() / 1024 ** 3);
  const machine = `${cpus().length} x ${cpus()[0]?.model ?? 'unknown processor'}, ${gigabytes} GiB, ${process.platform}`;
  const lines = [
    `# Results of \`npm run test:long\`, ${date}`,
    '',
    `Node ${process.versions.node} on ${machine}.`,
    '',
    '| test | result | seconds | figures |',
    '| --- | --- | ---: | --- |',
    ...modules.flatMap(moduleRows),
  ];
  return `${lines.join('\n')}\n`;
}

function moduleRows(module: TestModule): string[] {
  const name = relative(root, module.moduleId);
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
