/** A median with an interval that holds the true median with at least 95 % (as far as the count of values allows). */
export interface Estimate {
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

/**
 * The median of measured values and its interval from order statistics: the narrowest pair of k-th smallest and k-th
 * largest value that covers the true median with 95 %. It assumes nothing about how the values scatter and needs no
 * random numbers. With 7 or 8 values it is their whole range; from 9 on one outlier on each side does no harm.
 */
export function estimateMedian(values: readonly number[]): Estimate {
  const sorted = values.toSorted((a, b) => a - b);
  const cut = valuesToCut(sorted.length);
  return { median: medianOf(sorted), low: sorted[cut] ?? Number.NaN, high: sorted.at(-1 - cut) ?? Number.NaN };
}

/** The value below which `share` (0 to 1) of the ascending `sorted` lie. */
export function percentile(sorted: ArrayLike<number>, share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

function medianOf(sorted: readonly number[]): number {
  const upper = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  const lower = sorted[Math.ceil(sorted.length / 2) - 1] ?? Number.NaN;
  return (lower + upper) / 2;
}

/** How many values may be cut from each end: the number below the true median is binomial with one half. */
function valuesToCut(count: number): number {
  let chance = 0.5 ** count;
  let outside = 2 * chance;
  let cut = 0;
  while (cut < count) {
    chance = (chance * (count - cut)) / (cut + 1);
    outside += 2 * chance;
    if (outside > 0.05) break;
    cut++;
  }
  return cut;
}
