import { fitsLiteral, type PathPattern } from '../core/path-pattern.ts';
import type { RequestPath } from '../core/request-path.ts';
import type { Route } from '../core/route.ts';

/**
 * Path and query for the upstream: the canonical path as it was matched, after the route's strip_prefix or rewrite.
 * Captured segments are put in as they stand in that path, still escaped, so that nothing gains another meaning.
 */
export function upstreamTarget(path: RequestPath, route: Route): string {
  if (route.rewrite !== undefined) return assemble(rewritten(route.rewrite, path, route.pattern), path);
  if (route.stripPrefix !== undefined) return assemble(stripped(route.stripPrefix, path), path);
  return path.path + path.query;
}

function rewritten(rewrite: PathPattern, path: RequestPath, pattern: PathPattern): string[] {
  return rewrite.flatMap((segment) => {
    if (segment.kind === 'literal') return [encodeSegment(segment.text)];
    const at = pattern.findIndex((own) =>
      own.kind === 'one' && segment.kind === 'one' ? own.name === segment.name : own.kind === segment.kind,
    );
    if (segment.kind === 'rest') return path.segments.slice(at);
    return path.segments.slice(at, at + 1);
  });
}

function stripped(prefix: PathPattern, path: RequestPath): readonly string[] {
  const isPrefix = prefix.every(
    (segment, at) => segment.kind === 'literal' && fitsLiteral(segment, path.keys[at] ?? ''),
  );
  return isPrefix ? path.segments.slice(prefix.length) : path.segments;
}

function assemble(segments: readonly string[], path: RequestPath): string {
  const finalSlash = path.finalSlash && segments.length > 0 ? '/' : '';
  return `/${segments.join('/')}${finalSlash}${path.query}`;
}

/** Escapes what a path segment cannot hold (RFC 3986, section 3.3); encodeURIComponent alone escapes more. */
function encodeSegment(text: string): string {
  return encodeURIComponent(text).replace(/%(?:24|26|2B|2C|3A|3D|40)/g, (escaped) => decodeURIComponent(escaped));
}
