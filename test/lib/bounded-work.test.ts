import { describe, expect, it } from 'vitest';
import { BoundedWork } from '../../src/lib/bounded-work.ts';

/** Work that is done when the test says so. */
function manualWork(atOnceMax: number) {
  const begun: string[] = [];
  const finish = new Map<string, () => void>();
  const work = new BoundedWork<string>(atOnceMax, async (item) => {
    begun.push(item);
    await new Promise<void>((resolve) => finish.set(item, resolve));
  });
  const done = async (item: string): Promise<void> => {
    finish.get(item)?.();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { work, begun, done };
}

describe('bounded work', () => {
  it('begins at once, in order, and never with more at a time than it may', async () => {
    const { work, begun, done } = manualWork(2);
    for (const item of ['a', 'b', 'c', 'd']) work.add(item);
    expect(begun).toEqual(['a', 'b']);
    await done('b');
    expect(begun).toEqual(['a', 'b', 'c']);
    await done('a');
    expect(begun).toEqual(['a', 'b', 'c', 'd']);
    await done('c');
    await done('d');
    work.add('e');
    expect(begun.at(-1)).toBe('e');
  });

  it('takes what waits once, and again what comes back while it is worked on', async () => {
    const { work, begun, done } = manualWork(1);
    for (const item of ['a', 'b', 'b', 'a']) work.add(item);
    expect(begun).toEqual(['a']);
    await done('a');
    await done('b');
    await done('a');
    expect(begun).toEqual(['a', 'b', 'a']);
  });
});
