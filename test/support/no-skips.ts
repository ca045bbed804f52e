import type { Reporter, TestModule, Vitest } from 'vitest/node';

/** Fails a run in which a test was skipped; a run of chosen tests (`-t`) leaves the others out on purpose. */
export class NoSkips implements Reporter {
  #isWhole = true;

  onInit(vitest: Vitest): void {
    this.#isWhole = vitest.config.testNamePattern === undefined;
  }

  onTestRunEnd(modules: readonly TestModule[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const skipped = tests.filter((test) => test.result().state === 'skipped');
    if (!this.#isWhole || skipped.length === 0) return;
    for (const test of skipped) process.stderr.write(`skipped, which no test may be: ${test.fullName}\n`);
    process.exitCode = 1;
  }
}
