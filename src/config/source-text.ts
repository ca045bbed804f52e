import { formatPath, type ConfigPath, type ConfigProblem, type Finding } from './config-problem.ts';

/** A stretch of the text by offsets; `to` is exclusive. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** A value of gateway.yaml, what it means and where it stands. */
export interface SourceNode {
  readonly span: Span;
  /** The plain value: objects, arrays, text, numbers, booleans, null, or `unreadable`. */
  readonly value: unknown;
  /** By key or index. */
  readonly children: ReadonlyMap<string, { readonly key: Span; readonly node: SourceNode }>;
  /** The text as written, such as `${DATABASE_URL}`, where the environment has put something into it. */
  readonly written: string | undefined;
}

/** Stands for a value that could not be read, which has been reported: no schema takes it. */
export const unreadable = Symbol('unreadable');

/** The text of a gateway.yaml, for telling where in it something stands. */
export interface SourceText {
  readonly file: string;
  readonly text: string;
  /** The offset at which each line begins. */
  readonly lineStarts: readonly number[];
}

export function sourceText(file: string, text: string): SourceText {
  const lineStarts = [0];
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) lineStarts.push(at + 1);
  return { file, text, lineStarts };
}

/** The line of an offset, from 1. */
export function lineOf(source: SourceText, offset: number): number {
  let low = 0;
  let high = source.lineStarts.length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((source.lineStarts[middle] ?? 0) <= offset) low = middle;
    else high = middle;
  }
  return low + 1;
}

/** The node at a path; undefined where the file has nothing. */
export function nodeAt(root: SourceNode, path: ConfigPath): SourceNode | undefined {
  let node: SourceNode | undefined = root;
  for (const step of path) node = node?.children.get(String(step))?.node;
  return node;
}

/** The key or value at a path, or the nearest thing around it that the file does have. */
export function spanOf(root: SourceNode, path: ConfigPath, at: 'key' | 'value'): Span {
  let node = root;
  let key: Span | undefined;
  for (const [depth, step] of path.entries()) {
    const child = node.children.get(String(step));
    if (child === undefined) return key ?? node.span;
    key = typeof step === 'number' ? undefined : child.key;
    node = child.node;
    if (depth === path.length - 1 && at === 'key') return child.key;
  }
  return node.span;
}

/** Gives a problem its place in the text. */
export function problemAt(source: SourceText, span: Span, problem: Omit<Finding, 'at'>): ConfigProblem {
  const line = lineOf(source, span.from);
  const start = source.lineStarts[line - 1] ?? 0;
  const text = lineText(source, line);
  const column = Math.min(span.from - start, text.length) + 1;
  const endColumn = Math.max(column + 1, Math.min(span.to - start, text.length) + 1);
  const { severity, code, message, fix } = problem;
  const path = formatPath(problem.path);
  return {
    file: source.file,
    line,
    column,
    endColumn,
    severity,
    code,
    path,
    message,
    fix,
    excerpt: excerpt(source, line),
  };
}

/** The line and the one before it, unless they are too long to be looked at. */
function excerpt(source: SourceText, line: number): { line: number; text: string }[] {
  const texts = [line - 1, line].map((number) => ({ line: number, text: number > 0 ? lineText(source, number) : '' }));
  const shown = texts.filter(({ line: number, text }) => number === line || text.trim() !== '');
  if (texts[1]?.text === '' || shown.some(({ text }) => text.length > pictureLengthMax)) return [];
  return shown.map(({ line: number, text }) => ({ line: number, text: maskCredentials(text) }));
}

const pictureLengthMax = 500;

/** The text of a line, without its end. */
export function lineText(source: SourceText, line: number): string {
  const end = source.lineStarts[line];
  return source.text.slice(source.lineStarts[line - 1], end === undefined ? undefined : end - 1).replace(/\r$/, '');
}

const credentials = [
  /(?<=:\/\/)[^\s"']+(?=@)/g,
  /(?<=whsec_)[^\s"']+/g,
  /(?<=[?&][a-z_]*password=)[^\s"'&]+/g,
  /(?<=\b(?:[\w-]+-)?(?:authorization|cookie|api-?key|secret|token|password)["']?\s*:\s*["']?)(?!(?:user|org|actor|token|roles|scopes|kind|email)[a-z_]*\b)[^\s"'{},$][^"'{},]*/gi,
];

/**
 * Hides what stands before the `@` of a URL, signing keys, and values of headers that carry credentials, star for
 * character, so that the columns stay.
 */
function maskCredentials(text: string): string {
  return credentials.reduce((masked, pattern) => masked.replace(pattern, (found) => '*'.repeat(found.length)), text);
}
