import type { PathPattern, PatternSegment } from './path-pattern.ts';
import { literalChild, literalChildren, literalsBelow, type PathNode } from './path-tree.ts';
import type { Route } from './route.ts';
import type { RouteTable } from './route-table.ts';
import { rootsOf } from './route-reach.ts';

/** Two routes of which neither path lies within the other, and that some paths fit both. */
export interface Crossing {
  /** The one that wins there: where the two first differ, it has the literal. */
  readonly winner: Route;
  readonly other: Route;
  /** The paths that fit both. */
  readonly common: PathPattern;
}

/** Looking for crossings stops there: a file with so many of them has other problems. */
const stepsMax = 500_000;
const crossingsMax = 200;

/**
 * Finds the pairs of routes that cross, such as `/a/b/:x` and `/a/:y/c`. One path within another is how routes are
 * meant to be written; crossing ones are easily overlooked. A route for just the common paths settles it, so such
 * pairs are left out.
 */
export function findCrossings(table: RouteTable): Crossing[] {
  const search = new CrossingSearch();
  for (const root of rootsOf(table)) search.searchFrom(root, root);
  return search.found;
}

interface Meeting {
  readonly root: PathNode;
  readonly winner: Route;
  /** Where the other route's path has come to. */
  readonly node: PathNode;
  readonly depth: number;
  /** The winner has had a literal where the other has none; and the other way round. */
  readonly narrower: boolean;
  readonly wider: boolean;
  readonly common: PathPattern;
}

class CrossingSearch {
  readonly found: Crossing[] = [];
  readonly #pairs = new Map<Route, Set<Route>>();
  #steps = 0;

  /** Lets every route below `node` meet the others of its host. */
  searchFrom(root: PathNode, node: PathNode): void {
    for (const winner of [...node.ending, ...node.rest]) {
      if (!winner.pattern.some(({ kind }) => kind === 'literal')) continue;
      if (winner.pattern.every(({ kind }) => kind === 'literal')) continue;
      this.#meet({ root, winner, node: root, depth: 0, narrower: false, wider: false, common: [] });
    }
    for (const [, child] of literalsBelow(node)) this.searchFrom(root, child);
    if (node.one !== undefined) this.searchFrom(root, node.one);
  }

  #meet(at: Meeting): void {
    if (++this.#steps > stepsMax || this.found.length >= crossingsMax) return;
    const { node, winner, depth, narrower } = at;
    const segment = winner.pattern[depth];
    if (segment?.kind === 'rest') {
      this.#report(at, node.rest, [segment]);
      if (narrower) this.#meetAllBelow(at);
      return;
    }
    this.#report(at, node.rest, winner.pattern.slice(depth));
    if (segment === undefined) {
      this.#report(at, node.ending, []);
      return;
    }
    if (segment.kind === 'literal') {
      for (const same of literalChildren(node, segment)) this.#step(at, same, segment);
      if (node.one !== undefined) this.#step({ ...at, narrower: true }, node.one, segment);
      return;
    }
    if (node.one !== undefined) this.#step(at, node.one, segment);
    if (!narrower) return;
    for (const [literal, child] of literalsBelow(node)) this.#step({ ...at, wider: true }, child, literal);
  }

  #step(at: Meeting, node: PathNode, segment: PatternSegment): void {
    this.#meet({ ...at, node, depth: at.depth + 1, common: [...at.common, segment] });
  }

  /** The winner's `**` takes whatever the others go on with. */
  #meetAllBelow(at: Meeting): void {
    const visit = (node: PathNode, tail: PathPattern): void => {
      if (++this.#steps > stepsMax || this.found.length >= crossingsMax) return;
      this.#report({ ...at, wider: true }, node.ending, tail);
      if (tail.length > 0) this.#report({ ...at, wider: true }, node.rest, [...tail, { kind: 'rest' }]);
      for (const [literal, child] of literalsBelow(node)) visit(child, [...tail, literal]);
      if (node.one !== undefined) visit(node.one, [...tail, { kind: 'one' }]);
    };
    visit(at.node, []);
  }

  #report({ root, winner, narrower, wider, common }: Meeting, others: readonly Route[], tail: PathPattern): void {
    if (!narrower || !wider || others.length === 0) return;
    const paths = [...common, ...tail];
    if (isNamed(root, paths)) return;
    for (const other of others) {
      const known = this.#pairs.get(winner);
      if (other === winner || known?.has(other) === true) continue;
      if (known === undefined) this.#pairs.set(winner, new Set([other]));
      else known.add(other);
      this.found.push({ winner, other, common: paths });
    }
  }
}

/** Whether some route has exactly these paths. */
function isNamed(root: PathNode, pattern: PathPattern): boolean {
  let node: PathNode | undefined = root;
  for (const segment of pattern) {
    if (node === undefined) return false;
    if (segment.kind === 'rest') return node.rest.length > 0;
    node = segment.kind === 'one' ? node.one : literalChild(node, segment.text);
  }
  return node !== undefined && node.ending.length > 0;
}
