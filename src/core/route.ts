import type { UserKind } from './token-record.ts';
import type { PathPattern } from './path-pattern.ts';
import type { RateLimit } from './rate-limit.ts';

/** Scopes a request needs: every one of `all` and, unless it is empty, one of `any`. */
export interface ScopeRequirement {
  readonly all: readonly string[];
  readonly any: readonly string[];
}

/** Who may use a route. A method that `scopes` neither names nor covers by `others` is not allowed. */
export type Access =
  | { readonly kind: 'public' }
  | { readonly kind: 'authenticated' }
  | {
      readonly kind: 'scopes';
      readonly byMethod: ReadonlyMap<string, ScopeRequirement>;
      readonly others: ScopeRequirement | undefined;
    };

export interface Timeouts {
  readonly connectMs: number;
  /** Until the upstream's answer begins. */
  readonly responseMs: number;
  /** Between two pieces of a body; 0: no bound. */
  readonly idleMs: number;
}

export interface HeaderChanges {
  /** Lower-case names. */
  readonly set: readonly (readonly [name: string, value: string])[];
  readonly remove: readonly string[];
}

/** A route of gateway.yaml, checked and complete. */
export interface Route {
  readonly name: string;
  /** Its line in gateway.yaml. */
  readonly line: number;
  /** Lower case; `*.example.com` stands for every name below; empty: any host. */
  readonly hosts: readonly string[];
  /** As written. */
  readonly path: string;
  readonly pattern: PathPattern;
  /** undefined: every method that no other route of the same path names. */
  readonly methods: readonly string[] | undefined;
  readonly access: Access;
  readonly kinds: readonly UserKind[] | undefined;
  /** Ids or slugs. */
  readonly organizations: readonly string[] | undefined;
  /** Whether assumed users pass; `read_only`: with safe methods alone, and without an upgrade. */
  readonly assumed: 'allow' | 'read_only' | 'deny';
  readonly upstream: string;
  /** `insensitive`: the upstream reads every spelling of a path's letters alike, so the pattern's literals match any. */
  readonly pathCase: 'sensitive' | 'insensitive';
  /** Origins whose pages may read what is answered here; undefined: the upstream says so itself. */
  readonly exposedTo: readonly string[] | undefined;
  /** For whom assertions are signed: the upstream's name unless the route has another. */
  readonly audience: string;
  /** `request`: each assertion is good for one method, path and query. */
  readonly assertionBinding: 'request' | undefined;
  /** Literals alone. */
  readonly stripPrefix: PathPattern | undefined;
  readonly rewrite: PathPattern | undefined;
  readonly requestHeaders: HeaderChanges;
  readonly responseHeaders: HeaderChanges;
  readonly timeouts: Timeouts;
  /** Infinity: no bound. */
  readonly maxBodyBytes: number;
  /** For how long known tokens pass here while no store answers, in milliseconds. */
  readonly staleForMs: number;
  readonly rateLimit: RateLimit | undefined;
  readonly forwardToken: boolean;
  readonly allowEncodedSlashes: boolean;
  readonly allowSemicolons: boolean;
  /** Its answers and uploads may last, and be silent for as long as they like. */
  readonly stream: boolean;
  /** It never serves: what it would decide is recorded beside what is decided. */
  readonly shadow: boolean;
}

/** What the route asks for with this method; undefined when the route does not take the method. HEAD follows GET. */
export function requirementOf(access: Access & { kind: 'scopes' }, method: string): ScopeRequirement | undefined {
  const named = access.byMethod.get(method) ?? (method === 'HEAD' ? access.byMethod.get('GET') : undefined);
  return named ?? access.others;
}

/**
 * Whether the route itself takes the method, by `methods` and by the methods its scopes name. None takes TRACE, which
 * would hand the client what the gateway tells the upstream (RFC 9110, section 9.3.8).
 */
export function takesMethod(route: Route, method: string): boolean {
  if (method === 'TRACE') return false;
  if (route.methods !== undefined && !route.methods.includes(method)) return false;
  return route.access.kind !== 'scopes' || requirementOf(route.access, method) !== undefined;
}
