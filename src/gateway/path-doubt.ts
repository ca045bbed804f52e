import type { GatewayConfig } from '../config/compiled.ts';
import { doubtfulLetter } from '../core/letter-case.ts';
import type { PathPattern } from '../core/path-pattern.ts';
import type { Route } from '../core/route.ts';
import { matchRoute } from '../core/route-table.ts';
import type { CleanRequest } from './sanitize.ts';

/** Why a path is in doubt: what it may hold only where the route says so, and letters that upstreams disagree about. */
export function pathDoubt(
  { path, host, method }: CleanRequest,
  route: Route | undefined,
  config: GatewayConfig,
): string | undefined {
  const letter = route?.pathCase === 'insensitive' ? doubtfulLetter(decodeURIComponent(path.path)) : undefined;
  if (letter !== undefined) {
    return `upstreams that do not tell upper from lower case disagree about ${JSON.stringify(letter)} in a path`;
  }
  if (!path.hasSemicolon && !path.hasEncodedSlash) return undefined;
  const lacking = route === undefined ? 'no route here sets' : `the route "${route.name}" does not set`;
  if (path.hasSemicolon && route?.allowSemicolons !== true) {
    return `a semicolon begins a parameter for some servers; ${lacking} allow_semicolons`;
  }
  if (!path.hasEncodedSlash) return undefined;
  if (route?.allowEncodedSlashes !== true) {
    return `an encoded slash (%2F) splits a segment for some servers; ${lacking} allow_encoded_slashes`;
  }
  const hidden = moreSpecificWithSlashes({ path, host, method }, route, config);
  if (hidden === undefined) return undefined;
  return `with its encoded slashes decoded, the path would belong to the more specific route "${hidden.name}"`;
}

function moreSpecificWithSlashes(
  { path, host, method }: Pick<CleanRequest, 'path' | 'host' | 'method'>,
  route: Route,
  { table }: GatewayConfig,
): Route | undefined {
  const other = matchRoute(table, host, slashesDecoded(path.segments), method);
  if (other.kind === 'no_route' || other.route === route) return undefined;
  return isMoreSpecific(other.route.pattern, route.pattern) ? other.route : undefined;
}

/** The keys of a server that decodes slashes before it takes a path apart, and that minds no empty segment. */
function slashesDecoded(segments: readonly string[]): string[] {
  const pieces = segments.flatMap((segment) => decodeURIComponent(segment).split('/'));
  return pieces.map((piece) => piece.split(';', 1)[0] ?? '').filter((key) => key !== '');
}

const specificity = { literal: 2, one: 1, rest: 0 } as const;

/** Whether one pattern comes before another for a path that both match: segment by segment, literal first. */
function isMoreSpecific(one: PathPattern, other: PathPattern): boolean {
  for (const [at, segment] of one.entries()) {
    const rival = other[at];
    if (rival === undefined) return false;
    if (specificity[segment.kind] !== specificity[rival.kind]) {
      return specificity[segment.kind] > specificity[rival.kind];
    }
  }
  return false;
}
