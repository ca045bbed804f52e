import type { RecordedRequest, Recording } from '../../support/recording-upstream.ts';
import { valuesOf } from '../../support/wire-reader.ts';
import { anyLike, short, type Claim } from './claims.ts';
import type { CorpusCase, Expectation } from './corpus-case.ts';
import { expandText } from './macros.ts';

/** How many requests the upstream may have seen of a case that was answered as aimed at. */
export function upstreamCountClaims(wish: Expectation, { requests }: Recording): Claim[] {
  const lines = requests.map(({ startLine }) => startLine).join(' + ');
  const holds = wish.upstream === undefined || requests.length === wish.upstream;
  return [[holds, `${requests.length} requests upstream, not ${wish.upstream}: ${lines}`]];
}

/** What a case asks of each request that the upstream saw. */
export function upstreamClaims(
  { expect: wish, group }: CorpusCase,
  request: RecordedRequest,
  names: ReadonlyMap<string, string>,
): Claim[] {
  const expanded = (text: string | undefined): string | undefined => text && expandText(text, names);
  return [
    ...headerClaims(wish, request, names),
    ...connectionClaims(wish.upstream_connection_tokens, request),
    [[undefined, request.target].includes(expanded(wish.upstream_target)), `target ${request.target}`],
    [[undefined, request.body].includes(expanded(wish.upstream_body)), `upstream body ${short(request.body)}`],
    [wish.complete !== false || group === 'upstream-response' || !request.complete, 'the upstream got a whole request'],
  ];
}

function headerClaims(wish: Expectation, request: RecordedRequest, names: ReadonlyMap<string, string>): Claim[] {
  const fields = [...request.headers, ...request.trailers];
  const has = (name: string, pattern: string): boolean => anyLike(valuesOf(fields, name), expandText(pattern, names));
  return [
    ...Object.entries(wish.never_upstream ?? {}).map(([name, pattern]): Claim => {
      return [!has(name, pattern), `the upstream got ${name}: ${valuesOf(fields, name).join(' | ')}`];
    }),
    ...Object.entries(wish.must_upstream ?? {}).map(([name, pattern]): Claim => {
      return [has(name, pattern), `the upstream lacks ${name}`];
    }),
  ];
}

/** What Connection may name upstream, beside the hop's own words. */
function connectionClaims(allowed: readonly string[] | undefined, request: RecordedRequest): Claim[] {
  if (allowed === undefined) return [];
  const named = valuesOf(request.headers, 'connection').flatMap((value) => value.toLowerCase().split(','));
  const others = named.map((name) => name.trim()).filter((name) => !['keep-alive', 'close', ...allowed].includes(name));
  return [[others.length === 0, `Connection names ${others.join(', ')} upstream`]];
}
