import type { Found } from '../core/token-lookup.ts';

/** Says where a token's record came from and how old it is. */
export type AgeInWords = (found: Found) => string | undefined;

/** @param nowMs monotonic time */
export function ageInWords(nowMs: () => number): AgeInWords {
  return ({ source, staleMs, readAtMs }) => {
    const ageMs = readAtMs === undefined ? undefined : nowMs() - readAtMs;
    return knowledgeText(source, { ageMs, staleMs });
  };
}

/** In words; ages are in milliseconds. */
export function knowledgeText(
  source: Found['source'],
  { ageMs, staleMs }: { readonly ageMs?: number | undefined; readonly staleMs?: number | undefined },
): string {
  const read = ageMs === undefined ? '' : `, read ${seconds(ageMs)} before`;
  switch (source) {
    case 'memory':
      return `known from memory${read}, and nothing has changed about it since`;
    case 'stale':
      return `known from memory${read}; no store could confirm it for ${seconds(staleMs ?? 0)}`;
    case 'redis':
      return 'read from the shared cache';
    case 'postgres':
      return 'read from the store';
  }
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}
