import { setTimeout as delay } from 'node:timers/promises';

/** Waits until a growing figure has stopped growing (half a second without change), and returns it. */
export async function settled(figure: () => number): Promise<number> {
  let last = figure();
  for (let same = 0; same < 5;) {
    await delay(100);
    const now = figure();
    same = now === last ? same + 1 : 0;
    last = now;
  }
  return last;
}

/**
 * Waits for something that must come within a second, the bound that the contract states.
 * @throws when it has not
 */
export async function withinASecond<Value>(happening: Promise<Value>, what: string): Promise<Value> {
  const stop = new AbortController();
  const late = delay(1000, undefined, { signal: stop.signal }).then(() => {
    throw new Error(`within a second: ${what}`);
  });
  try {
    return await Promise.race([happening, late]);
  } finally {
    stop.abort();
    late.catch(() => undefined);
  }
}
