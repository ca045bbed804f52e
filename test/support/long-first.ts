import { relative } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** The folders whose files take longest, for they start programs and wait for them. */
const longFolders = ['program', 'cluster', 'stories', 'console', 'security', 'db', 'commands'];

/**
 * Starts the files first that take long. vitest knows which those are from the run before; in a fresh clone it goes by
 * their size, and a short file that takes a minute would be left to the end, for one worker alone.
 */
export class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    // oxlint-disable-next-line unicorn/no-array-sort -- the method of the sequencer, not that of arrays
    const sorted = await super.sort(files);
    return sorted.toSorted((one, other) => rank(one) - rank(other));
  }
}

function rank({ moduleId, project }: TestSpecification): number {
  const [folder = ''] = relative(`${project.config.root}/test`, moduleId).split('/');
  const at = longFolders.indexOf(folder);
  return at === -1 ? longFolders.length : at;
}
