import type { Problem } from './api/client.ts';

/** What a refusal says about one field of a body, by its name. */
export function fieldProblem(problem: Problem | undefined, ...names: readonly string[]): string | undefined {
  const found = problem?.errors?.find(({ pointer }) => names.some((name) => pointer.startsWith(`/${name}`)));
  return found === undefined ? undefined : `${found.detail.charAt(0).toUpperCase()}${found.detail.slice(1)}`;
}
