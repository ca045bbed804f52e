import { isBuiltInScope } from './scope.ts';

/** What a token has done with its scopes on routes. */
export interface ScopeUse {
  readonly used: readonly string[];
  readonly unused: readonly string[];
  /** Those of the admin API, whose use is not counted. */
  readonly uncounted: readonly string[];
}

/**
 * Which of a token's scopes were of use.
 * @param asked what routes asked for that it was let through on: scopes separated by spaces, those of which one would do
 *   joined by `|`. Of these, every one that the token has counts as used
 */
export function scopeUse(held: readonly string[], asked: readonly string[]): ScopeUse {
  const wanted = new Set(asked.flatMap((text) => text.split(/[ |]/)));
  const counted = held.filter((scope) => !isBuiltInScope(scope));
  return {
    used: counted.filter((scope) => wanted.has(scope)),
    unused: counted.filter((scope) => !wanted.has(scope)),
    uncounted: held.filter(isBuiltInScope),
  };
}
