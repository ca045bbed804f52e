import { foldCase } from './letter-case.ts';
import { foldedShape, patternShape, type PathPattern, type PatternSegment } from './path-pattern.ts';
import type { Route } from './route.ts';

/** A place in the tree of the paths that one host's routes have. */
export interface PathNode {
  /** By exact text. What matches any spelling of its letters is here too, below each spelling that another route names. */
  readonly literals: Map<string, PathNode>;
  /** By folded text, for the spellings that `literals` does not have. */
  folded: Map<string, PathNode> | undefined;
  one: PathNode | undefined;
  /** Routes whose path ends here. */
  ending: Route[];
  /** Routes whose `**` begins here. */
  rest: Route[];
  /** Routes that fit in any spelling and leave it to those above, which have this one. For explanations. */
  outspelled: Route[];
}

/** Arranges routes of one host. */
export function pathTree(routes: readonly Route[]): PathNode {
  return new Planting().plant(routes);
}

/** Where a segment of a request leads as a literal. */
export function literalChild(node: PathNode, key: string): PathNode | undefined {
  return node.literals.get(key) ?? node.folded?.get(foldCase(key));
}

/** Where a literal of a pattern leads, whichever of its spellings is asked for. */
export function literalChildren(node: PathNode, { text, folded }: PatternSegment & { kind: 'literal' }): PathNode[] {
  if (folded === undefined) return present(literalChild(node, text));
  const spelled = [...node.literals].filter(([spelling]) => foldCase(spelling) === folded).map(([, child]) => child);
  return [...present(node.folded?.get(folded)), ...spelled];
}

/** Every literal below a place, with where it leads. */
export function* literalsBelow({ literals, folded }: PathNode): Generator<readonly [PatternSegment, PathNode]> {
  for (const [text, child] of literals) yield [{ kind: 'literal', text }, child];
  for (const [text, child] of folded ?? []) yield [{ kind: 'literal', text, folded: text }, child];
}

function present(node: PathNode | undefined): PathNode[] {
  return node === undefined ? [] : [node];
}

class Planting {
  readonly #root = newNode();
  /** The children of a node by what their exact texts have in common; kept only where routes match any spelling. */
  readonly #spellings = new Map<PathNode, Map<string, PathNode[]>>();

  plant(routes: readonly Route[]): PathNode {
    const [exact, anyCase] = [routes.filter(isExact), routes.filter((route) => !isExact(route))];
    if (anyCase.length > 0) for (const { pattern } of exact) this.#lay(pattern);
    for (const route of routes) {
      const isRest = route.pattern.at(-1)?.kind === 'rest';
      for (const node of this.#places(route.pattern)) (isRest ? node.rest : node.ending).push(route);
    }
    if (anyCase.length > 0) giveWay(this.#root);
    return this.#root;
  }

  /** Makes the places of an exact path, so that those of any spelling find them. */
  #lay(pattern: PathPattern): void {
    let node = this.#root;
    for (const segment of pattern) {
      if (segment.kind === 'rest') return;
      if (segment.kind === 'literal' && !node.literals.has(segment.text)) {
        const child = newNode();
        node.literals.set(segment.text, child);
        this.#spell(node, foldCase(segment.text), child);
      }
      node = childOf(node, segment);
    }
  }

  #spell(node: PathNode, folded: string, child: PathNode): void {
    const spellings = this.#spellings.get(node) ?? new Map<string, PathNode[]>();
    this.#spellings.set(node, spellings);
    spellings.set(folded, [...(spellings.get(folded) ?? []), child]);
  }

  #places(pattern: PathPattern): readonly PathNode[] {
    let nodes = [this.#root];
    for (const segment of pattern) {
      if (segment.kind === 'rest') return nodes;
      const folded = segment.kind === 'literal' ? segment.folded : undefined;
      nodes = nodes.flatMap((node) => {
        if (folded === undefined) return [childOf(node, segment)];
        return [foldedChildOf(node, folded), ...(this.#spellings.get(node)?.get(folded) ?? [])];
      });
    }
    return nodes;
  }
}

function isExact({ pattern }: Route): boolean {
  return foldedShape(pattern) === undefined;
}

function childOf(node: PathNode, segment: Exclude<PatternSegment, { kind: 'rest' }>): PathNode {
  if (segment.kind === 'one') return (node.one ??= newNode());
  return childIn(node.literals, segment.text);
}

function foldedChildOf(node: PathNode, folded: string): PathNode {
  return childIn((node.folded ??= new Map<string, PathNode>()), folded);
}

function childIn(children: Map<string, PathNode>, text: string): PathNode {
  const known = children.get(text);
  if (known !== undefined) return known;
  const child = newNode();
  children.set(text, child);
  return child;
}

/** A route that is written as the request is comes before those that match it in any spelling, whatever the method. */
function giveWay(node: PathNode): void {
  node.ending = withoutOutspelled(node, node.ending);
  node.rest = withoutOutspelled(node, node.rest);
  for (const child of node.literals.values()) giveWay(child);
  for (const child of node.folded?.values() ?? []) giveWay(child);
  if (node.one !== undefined) giveWay(node.one);
}

function withoutOutspelled(node: PathNode, routes: Route[]): Route[] {
  const exact = routes.find(isExact);
  if (exact === undefined) return routes;
  const shape = patternShape(exact.pattern);
  const kept = routes.filter(({ pattern }) => patternShape(pattern) === shape);
  if (kept.length < routes.length) node.outspelled.push(...routes.filter((route) => !kept.includes(route)));
  return kept;
}

function newNode(): PathNode {
  return { literals: new Map(), folded: undefined, one: undefined, ending: [], rest: [], outspelled: [] };
}
