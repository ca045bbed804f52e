import type { DecisionKind } from '../core/past-decision.ts';
import { pathShape } from '../core/past-decision.ts';
import { problemStatus } from '../core/problem.ts';
import type { PathPattern } from '../core/path-pattern.ts';
import type { Decision } from './decide.ts';

/** What is remembered of a decision, and the path to remember where there are too many. */
export interface RememberedDecision {
  readonly kind: DecisionKind;
  readonly otherwise: string;
}

const ruled = new Set([401, 403, 404, 405]);
const usualMethod = /^[A-Z]{1,16}$/;

/**
 * What is remembered of a decision, to be decided again under another file; undefined for one that no file would make
 * another, such as a store that did not answer.
 */
export function rememberedDecision(
  decision: Decision,
  { method, host, path }: { readonly method: string; readonly host: string; readonly path: string },
): RememberedDecision | undefined {
  const { route, record } = decision;
  if (decision.kind === 'denied' && !ruled.has(problemStatus(decision.problem))) return undefined;
  if (!usualMethod.test(method) || isAboutOrigin(decision)) return undefined;
  const outcome = decision.kind === 'allowed' ? 'allowed' : decision.problem.code;
  const kind = { tokenId: record?.id ?? '', method, host, path: pathShape(path), route: route?.name ?? '', outcome };
  return { kind, otherwise: route === undefined ? '/*' : patternShapes(route.pattern) };
}

/** No origin is remembered, so what depends on it could not be decided again. */
function isAboutOrigin(decision: Decision): boolean {
  if (decision.preflight !== undefined) return true;
  return decision.kind === 'denied' && decision.problem.code === 'origin_denied';
}

/** Put together once: it is asked for with every request. */
const texts = new WeakMap<PathPattern, string>();

function patternShapes(pattern: PathPattern): string {
  let text = texts.get(pattern);
  if (text === undefined) {
    text = `/${pattern.map((segment) => (segment.kind === 'literal' ? encodeURIComponent(segment.text) : '*')).join('/')}`;
    texts.set(pattern, text);
  }
  return text;
}
