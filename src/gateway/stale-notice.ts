import type { Allowed } from './decide.ts';

const nothing: readonly string[] = [];

/**
 * The header of an answer that was given on a remembered token while no store could confirm it: for how many seconds
 * nothing has been heard of it, rounded up. Name and value, or nothing.
 */
export function staleNotice({ staleMs }: Allowed): readonly string[] {
  return staleMs === undefined ? nothing : ['x-wayleave-stale', String(Math.max(1, Math.ceil(staleMs / 1000)))];
}
