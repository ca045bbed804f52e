import { defineConfig } from 'vitest/config';
import { isLongRun } from './support/counts.ts';
import { LongFirst } from './support/long-first.ts';
import { NoSkips } from './support/no-skips.ts';
import { ResultTable } from './support/result-table.ts';

export default defineConfig({
  root: new URL('..', import.meta.url).pathname,
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    setupFiles: ['test/support/setup.ts'],
    // Processes, not threads: tests send signals, read their environment and measure memory.
    pool: 'forks',
    maxWorkers: 2,
    // One after another in a process: to import the whole program anew for every file took a quarter of the time.
    isolate: false,
    sequence: { sequencer: LongFirst },
    testTimeout: isLongRun ? 600_000 : 30_000,
    hookTimeout: isLongRun ? 600_000 : 120_000,
    // What a test waits for may be long in coming on a busy machine; that it comes is what counts.
    expect: { poll: { timeout: 20_000 } },
    allowOnly: false,
    passWithNoTests: false,
    // vitest's own last: its summary ends the output.
    reporters: [new NoSkips(), ...(isLongRun ? [new ResultTable()] : []), 'default'],
    coverage: { provider: 'v8', include: ['src/**/*.ts'], reporter: ['text-summary', 'html'] },
  },
});
