const durationUnitsMs = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const sizeUnitsBytes = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 } as const;

/** Reads `500ms`, `2s`, `5m`, `8h` or `90d` as milliseconds; undefined for any other text. */
export function parseDuration(text: string): number | undefined {
  const match = /^(\d{1,9})(ms|s|m|h|d)$/.exec(text);
  const unit = match?.[2] as keyof typeof durationUnitsMs | undefined;
  return unit === undefined ? undefined : Number(match?.[1]) * durationUnitsMs[unit];
}

/** Writes milliseconds in the largest unit that divides them: 7200000 is `2h`. */
export function formatDuration(milliseconds: number): string {
  for (const unit of ['d', 'h', 'm', 's'] as const) {
    if (milliseconds >= durationUnitsMs[unit] && milliseconds % durationUnitsMs[unit] === 0) {
      return `${milliseconds / durationUnitsMs[unit]}${unit}`;
    }
  }
  return `${milliseconds}ms`;
}

/** Reads `512B`, `16KiB`, `10MiB` or `2GiB` as bytes; undefined for any other text. */
export function parseSize(text: string): number | undefined {
  const match = /^(\d{1,9})(B|KiB|MiB|GiB)$/.exec(text);
  const unit = match?.[2] as keyof typeof sizeUnitsBytes | undefined;
  return unit === undefined ? undefined : Number(match?.[1]) * sizeUnitsBytes[unit];
}

/** Writes bytes in the largest unit that divides them: 10485760 is `10MiB`. */
export function formatSize(bytes: number): string {
  for (const unit of ['GiB', 'MiB', 'KiB'] as const) {
    if (bytes >= sizeUnitsBytes[unit] && bytes % sizeUnitsBytes[unit] === 0)
      return `${bytes / sizeUnitsBytes[unit]}${unit}`;
  }
  return `${bytes}B`;
}
