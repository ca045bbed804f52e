/** A value that is another than before. */
export interface ValueChange {
  /** Such as `limits.max_body` or `routes.items.timeouts.response`. */
  readonly path: string;
  /** As it is written; undefined: it is not there. */
  readonly before: string | undefined;
  readonly after: string | undefined;
}

/**
 * The values in which two maps differ. Entries of lists that have a name are known by it, wherever they stand.
 * @param leaveOut says of a path whether it, and all below, is of no interest
 */
export function valueChanges(
  before: unknown,
  after: unknown,
  leaveOut: (path: readonly string[]) => boolean,
): ValueChange[] {
  const [old, fresh] = [flat(before, leaveOut), flat(after, leaveOut)];
  const paths = new Set([...old.keys(), ...fresh.keys()]);
  return [...paths]
    .filter((path) => old.get(path) !== fresh.get(path))
    .map((path) => ({ path, before: old.get(path), after: fresh.get(path) }))
    .toSorted((one, other) => (one.path < other.path ? -1 : 1));
}

function flat(value: unknown, leaveOut: (path: readonly string[]) => boolean): Map<string, string> {
  const found = new Map<string, string>();
  const visit = (at: unknown, path: readonly string[]): void => {
    if (path.length > 0 && leaveOut(path)) return;
    if (Array.isArray(at) && at.every(isNamed)) for (const item of at) visit(item, [...path, item.name]);
    else if (typeof at === 'object' && at !== null && !Array.isArray(at)) {
      for (const [key, inner] of Object.entries(at)) visit(inner, [...path, key]);
    } else found.set(path.join('.'), typeof at === 'string' ? at : JSON.stringify(at));
  };
  visit(value, []);
  return found;
}

function isNamed(item: unknown): item is { readonly name: string } {
  return typeof item === 'object' && item !== null && 'name' in item && typeof item.name === 'string';
}
