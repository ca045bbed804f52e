import { useEffect, useMemo, useState } from 'preact/hooks';

/** Where the page is: what stands behind the # of its address. */
export interface Place {
  /** Such as `['acme', 'tokens', 'tok_1']`. */
  readonly path: readonly string[];
  readonly query: Readonly<Record<string, string>>;
}

/** The address of a place, for links. */
export function href(path: readonly string[], query: Readonly<Record<string, string>> = {}): string {
  const given = Object.entries(query).filter(([, value]) => value !== '');
  const search = given.length === 0 ? '' : `?${new URLSearchParams(given)}`;
  return `#/${path.map(encodeURIComponent).join('/')}${search}`;
}

export function go(path: readonly string[], query?: Readonly<Record<string, string>>): void {
  location.hash = href(path, query);
}

/** Changes the query of the place and leaves no step behind in the history. */
export function changeQuery(query: Readonly<Record<string, string>>): void {
  location.replace(href(placeOf(location.hash).path, query));
}

function placeOf(hash: string): Place {
  const [path = '', search = ''] = hash.replace(/^#\/?/, '').split('?', 2);
  const parts = path.split('/').filter((part) => part !== '');
  return { path: parts.map(decoded), query: Object.fromEntries(new URLSearchParams(search)) };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The place, and again whenever it changes. */
export function usePlace(): Place {
  const [hash, setHash] = useState(location.hash);
  useEffect(() => {
    const follow = (): void => setHash(location.hash);
    addEventListener('hashchange', follow);
    // It may have changed before anybody listened.
    follow();
    return () => removeEventListener('hashchange', follow);
  }, []);
  return useMemo(() => placeOf(hash), [hash]);
}
