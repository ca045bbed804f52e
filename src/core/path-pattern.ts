import { foldCase } from './letter-case.ts';

/**
 * A path of gateway.yaml: literals, `:name` and `*` (one non-empty segment each), and `**` as the last (the rest, also
 * nothing). No regular expressions.
 */
export type PatternSegment =
  /** With `folded`, every spelling of its letters matches; without, the text alone. */
  | { readonly kind: 'literal'; readonly text: string; readonly folded?: string }
  | { readonly kind: 'one'; readonly name?: string }
  | { readonly kind: 'rest' };

export type PathPattern = readonly PatternSegment[];

export type PatternOutcome =
  | { readonly kind: 'pattern'; readonly pattern: PathPattern }
  | { readonly kind: 'wrong'; readonly detail: string };

const namePattern = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Reads a path of gateway.yaml such as `/api/devices/:id/**`. A final slash counts for nothing. */
export function parsePathPattern(text: string): PatternOutcome {
  if (!text.startsWith('/')) return wrong(`a path begins with a slash: write "/${text}"`);
  const pieces = text.slice(1).split('/');
  if (pieces.at(-1) === '') pieces.pop();
  const pattern: PatternSegment[] = [];
  const names = new Set<string>();
  for (const [at, piece] of pieces.entries()) {
    const segment = parseSegment(piece, at === pieces.length - 1);
    if (typeof segment === 'string') return wrong(segment);
    if (segment.kind === 'one' && segment.name !== undefined) {
      if (names.has(segment.name)) return wrong(`the name ":${segment.name}" stands twice in the path`);
      names.add(segment.name);
    }
    pattern.push(segment);
  }
  return { kind: 'pattern', pattern };
}

function parseSegment(piece: string, isLast: boolean): PatternSegment | string {
  if (piece === '**') return isLast ? { kind: 'rest' } : '"**" takes the rest of the path, so it can only be the last';
  if (piece === '*') return { kind: 'one' };
  if (piece.startsWith(':')) {
    const name = piece.slice(1);
    if (namePattern.test(name)) return { kind: 'one', name };
    return `":${name}" is no name; after the colon come letters, digits and _, no digit first`;
  }
  if (piece === '') return 'the path has an empty segment (//)';
  if (piece === '.' || piece === '..') return 'a dot segment never arrives here: such requests are refused';
  return parseLiteral(piece);
}

function parseLiteral(piece: string): PatternSegment | string {
  if (piece.includes('*')) return `"${piece}" mixes "*" with text; "*" stands alone in a segment`;
  const strange = /[\s\\?#;[\]^`{|}<>"]/.exec(piece)?.[0];
  if (strange !== undefined) {
    return `"${piece}" holds ${JSON.stringify(strange)}; paths are literals, ":name", "*" and "**", no regular expressions`;
  }
  try {
    const text = decodeURIComponent(piece);
    if (/[/\\;\u0000-\u001f\u007f]/.test(text))
      return `"${piece}" holds an escaped character for which every request is refused`;
    return { kind: 'literal', text };
  } catch {
    return `"${piece}" has a percent sign without two hexadecimal digits that make UTF-8`;
  }
}

/** The pattern for an upstream that does not tell upper from lower case. Literals without such letters stay as they are. */
export function inAnyCase(pattern: PathPattern): PathPattern {
  return pattern.map((segment) => {
    if (segment.kind !== 'literal' || segment.text.toLowerCase() === segment.text.toUpperCase()) return segment;
    return { ...segment, folded: foldCase(segment.text) };
  });
}

/** Whether a segment of a request, decoded, is one that a literal stands for. */
export function fitsLiteral({ text, folded }: PatternSegment & { kind: 'literal' }, key: string): boolean {
  return text === key || (folded !== undefined && folded === foldCase(key));
}

/** Two patterns of one shape match the same paths: names do not count. */
export function patternShape(pattern: PathPattern): string {
  return pattern.map((segment) => (segment.kind === 'literal' ? `/=${segment.text}` : `/${segment.kind}`)).join('');
}

/** The shape that all spellings of a pattern's letters share; undefined where only the one that is written matches. */
export function foldedShape(pattern: PathPattern): string | undefined {
  if (!pattern.some((segment) => segment.kind === 'literal' && segment.folded !== undefined)) return undefined;
  return pattern
    .map((segment) => (segment.kind === 'literal' ? `/=${segment.folded ?? segment.text}` : `/${segment.kind}`))
    .join('');
}

function wrong(detail: string): PatternOutcome {
  return { kind: 'wrong', detail };
}
