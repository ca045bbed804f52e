import { foldHeaderName } from '../core/reserved-headers.ts';
import { nearest } from '../lib/nearest.ts';

/** Names that the file defines, for the places that refer to them. */
export interface Names {
  readonly all: readonly string[];
  has(name: string): boolean;
  /** `; did you mean "x"?` when a name is near, else the empty text. */
  hint(text: string): string;
}

export interface FileNames {
  readonly scopes: Names;
  readonly upstreams: Names;
  /** Folded names of the custom identity preset's headers. */
  readonly identityHeaders: ReadonlySet<string>;
}

/** Nobody reads more hints than this, and each costs a walk over all names. */
const hintsMax = 100;

/** Collects the names from the raw file, so that a reference is checked whatever else is wrong with the file. */
export function namesOf(file: Readonly<Record<string, unknown>>): FileNames {
  return {
    scopes: keysOf(Object.hasOwn(file, 'scopes') ? file['scopes'] : {}),
    upstreams: keysOf(file['upstreams']),
    identityHeaders: new Set(Object.keys(asMap(asMap(file['identity'])?.['headers']) ?? {}).map(foldHeaderName)),
  };
}

/** What a schema is made with when there is no file: every name is good. */
export const anyNames: FileNames = { scopes: anything(), upstreams: anything(), identityHeaders: new Set() };

function anything(): Names {
  return { all: [], has: () => true, hint: () => '' };
}

/** A section of another type is a problem of its own, and so are missing upstreams; references are then left alone. */
function keysOf(section: unknown): Names {
  const map = asMap(section);
  if (map === undefined) return anything();
  const names = new Set(Object.keys(map));
  let hints = 0;
  return {
    all: [...names],
    has: (name) => names.has(name),
    hint(text) {
      const near = hints++ < hintsMax ? nearest(text, names) : undefined;
      return near === undefined ? '' : `; did you mean ${JSON.stringify(near)}?`;
    },
  };
}

/** Whether a value of the file is a map. */
export function asMap(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined;
}
