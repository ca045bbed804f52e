import { parsePathPattern } from '../../src/core/path-pattern.ts';
import { canonicalPath } from '../../src/core/request-path.ts';
import type { Route } from '../../src/core/route.ts';
import { compileRoutes, matchRoute } from '../../src/core/route-table.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { patternOf, routeCount, targetOf } from './large-table.ts';
import { endWithParent } from './servers/announce.ts';

/** What finding the route of a request costs among 10,000: the canonical path and the walk together. */
export interface MatchResult {
  readonly routes: number;
  /** One value a round, in microseconds a match. */
  readonly microseconds: readonly number[];
}

const matchesPerRound = 500_000;
const pathsAsked = 997;

/** Measures `rounds` rounds after two for warming up. */
function measure(rounds: number): MatchResult {
  const table = compileRoutes(Array.from({ length: routeCount }, (_, at) => routeOf(at)));
  const targets = Array.from({ length: pathsAsked }, (_, at) => targetOf((at * 7919) % routeCount));
  const microseconds: number[] = [];
  for (let round = -2; round < rounds; round++) {
    const start = systemClock.monotonic();
    for (let count = 0; count < matchesPerRound; count++) {
      const outcome = canonicalPath(targets[count % pathsAsked] ?? '/');
      if (outcome.kind === 'refused') throw new Error(outcome.refusal.detail);
      const found = matchRoute(table, 'api.example.com', outcome.path.keys, 'GET');
      if (found.kind !== 'matched') throw new Error(`${outcome.path.path} is ${found.kind}`);
    }
    if (round >= 0) microseconds.push(((systemClock.monotonic() - start) * 1000) / matchesPerRound);
  }
  return { routes: routeCount, microseconds };
}

function routeOf(at: number): Route {
  const outcome = parsePathPattern(patternOf(at));
  if (outcome.kind === 'wrong') throw new Error(outcome.detail);
  return {
    name: `route-${at}`,
    line: at,
    hosts: [],
    path: patternOf(at),
    pattern: outcome.pattern,
    methods: undefined,
    access: { kind: 'authenticated' },
    kinds: undefined,
    organizations: undefined,
    assumed: 'allow',
    upstream: 'inventory',
    pathCase: 'sensitive',
    exposedTo: undefined,
    audience: 'inventory',
    assertionBinding: undefined,
    stripPrefix: undefined,
    rewrite: undefined,
    requestHeaders: { set: [], remove: [] },
    responseHeaders: { set: [], remove: [] },
    timeouts: { connectMs: 2_000, responseMs: 30_000, idleMs: 60_000 },
    maxBodyBytes: Number.POSITIVE_INFINITY,
    staleForMs: 60_000,
    forwardToken: false,
    allowEncodedSlashes: false,
    allowSemicolons: false,
    rateLimit: undefined,
    stream: false,
    shadow: false,
  };
}

endWithParent();
process.on('message', ({ rounds }: { rounds: number }) => process.send?.(measure(rounds)));
process.send?.({ port: 0 });
