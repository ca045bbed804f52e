import { isAlias, isMap, isScalar, isSeq, Scalar, type Alias, type Node, type Pair } from 'yaml';
import { quote, type ConfigPath, type ConfigProblem, type ProblemCode } from './config-problem.ts';
import { interpolate } from './interpolate.ts';
import { lineOf, problemAt, unreadable, type SourceNode, type SourceText, type Span } from './source-text.ts';

export interface TreeOutcome {
  /** undefined when the file stands for more than it may. */
  readonly root: SourceNode | undefined;
  readonly problems: readonly ConfigProblem[];
  /** What the environment put into the file, by variable. */
  readonly used: ReadonlyMap<string, string>;
}

/** Aliases may repeat this many values in all, this deep; a few nested ones could otherwise stand for billions. */
const aliasedValuesMax = 100_000;
const aliasedDepthMax = 64;

/** Turns the nodes of a YAML document into plain values that know where they stand, with the environment put in. */
export function readTree(source: SourceText, contents: Node, variables: ReadonlyMap<string, string>): TreeOutcome {
  const reader = new TreeReader(source, variables);
  const root = reader.read(contents, { path: [], key: undefined });
  return { root: reader.exceeded ? undefined : root, problems: reader.problems, used: reader.used };
}

interface Where {
  readonly path: ConfigPath;
  /** Stands for a value that is not there. */
  readonly key: Span | undefined;
}

class TreeReader {
  readonly problems: ConfigProblem[] = [];
  readonly used = new Map<string, string>();
  /** The aliases stand for more than they may. */
  exceeded = false;
  readonly #source: SourceText;
  readonly #variables: ReadonlyMap<string, string>;
  readonly #anchors = new Map<string, Node>();
  /** Nodes that are being read: an alias to one of them would never end. */
  readonly #open = new Set<Node>();
  #aliasesOpen = 0;
  #aliasedValues = 0;

  constructor(source: SourceText, variables: ReadonlyMap<string, string>) {
    this.#source = source;
    this.#variables = variables;
  }

  read(node: Node | null, where: Where): SourceNode {
    const span = spanOf(node, where.key);
    if (node === null) return leaf(span, null);
    if (isAlias(node)) return this.#readAlias(node, where, span);
    if (this.#aliasesOpen > 0) this.#aliasedValues++;
    if (node.tag !== undefined) {
      const fix = 'remove the tag; put quotes around what is meant as text';
      const tag = node.tag.replace(/^tag:yaml\.org,2002:/, '!!');
      const message = `tags such as ${quote(tag)} are not taken`;
      this.#report(span, where.path, { code: 'yaml-tag', message, fix });
      return leaf(span, unreadable);
    }
    if (node.anchor !== undefined) this.#anchors.set(node.anchor, node);
    if (isScalar(node)) return this.#readScalar(node, where, span);
    this.#open.add(node);
    const read = isMap(node) ? this.#readMap(node.items, where, span) : this.#readList(node, where, span);
    this.#open.delete(node);
    return read;
  }

  #readAlias(alias: Alias, where: Where, span: Span): SourceNode {
    const target = this.#anchors.get(alias.source);
    const name = `*${alias.source}`;
    let wrong: string | undefined;
    if (target === undefined) wrong = `${name} names no anchor (&${alias.source}) above it`;
    else if (this.#open.has(target)) wrong = `${name} stands for something that it is a part of`;
    if (wrong !== undefined) this.#report(span, where.path, { code: 'yaml-alias', message: wrong });
    const before = this.exceeded;
    this.exceeded ||= this.#aliasedValues > aliasedValuesMax || where.path.length > aliasedDepthMax;
    if (target === undefined || wrong !== undefined || this.exceeded) return leaf(span, unreadable);
    this.#aliasesOpen++;
    const read = this.read(target, where);
    this.#aliasesOpen--;
    if (this.#aliasesOpen === 0 && this.exceeded && !before) {
      const message = `with ${name} the aliases of the file repeat too many values, or too deep in each other`;
      this.#report(span, where.path, { code: 'yaml-alias', message, fix: 'write the values out' });
    }
    return read;
  }

  #readMap(items: readonly Pair[], { path }: Where, span: Span): SourceNode {
    const value: Record<string, unknown> = {};
    const children: Children = new Map();
    for (const item of items) {
      const key = spanOf(isNode(item.key) ? item.key : null, span);
      const name = isScalar(item.key) && typeof item.key.value === 'string' ? item.key.value : '';
      const wrong = wrongKey(item.key, name) ?? this.#duplicate(children, name);
      if (wrong !== undefined) {
        this.#report(key, [...path, name], wrong);
        continue;
      }
      const node = this.read(isNode(item.value) ? item.value : null, { path: [...path, name], key });
      value[name] = node.value;
      children.set(name, { key, node });
    }
    return { span, value, children, written: undefined };
  }

  #readList(node: Node, { path }: Where, span: Span): SourceNode {
    const children: Children = new Map();
    const value: unknown[] = [];
    for (const [index, item] of (isSeq(node) ? node.items : []).entries()) {
      const read = this.read(isNode(item) ? item : null, { path: [...path, index], key: span });
      value.push(read.value);
      children.set(String(index), { key: read.span, node: read });
    }
    return { span, value, children, written: undefined };
  }

  #readScalar(scalar: Scalar, { path }: Where, span: Span): SourceNode {
    const { value } = scalar;
    if (typeof value !== 'string' || !value.includes('${')) return leaf(span, value);
    const outcome = interpolate(value, this.#variables);
    if (outcome.kind === 'wrong') {
      this.#report(span, path, outcome);
      return leaf(span, unreadable);
    }
    for (const [name, text] of outcome.used) this.used.set(name, text);
    const plain = scalar.type === Scalar.PLAIN ? readPlain(outcome.text) : outcome.text;
    return { ...leaf(span, plain), written: outcome.used.length > 0 ? value : undefined };
  }

  #duplicate(children: Children, name: string): Wrong | undefined {
    const first = children.get(name);
    if (first === undefined) return undefined;
    const line = lineOf(this.#source, first.key.from);
    return {
      code: 'duplicate-key',
      message: `the key ${quote(name)} stands here already, on line ${line}`,
      fix: 'keep one',
    };
  }

  #report(span: Span, path: ConfigPath, { code, message, fix }: Wrong): void {
    this.problems.push(problemAt(this.#source, span, { path, severity: 'error', code, message, fix }));
  }
}

type Children = Map<string, { key: Span; node: SourceNode }>;

interface Wrong {
  readonly code: ProblemCode;
  readonly message: string;
  readonly fix?: string;
}

function wrongKey(key: unknown, name: string): Wrong | undefined {
  if (!isScalar(key)) return { code: 'yaml-alias', message: 'a key cannot be an alias', fix: 'write the key out' };
  if (name === '<<') {
    const fix = 'write the keys out; an alias may stand for a whole value';
    return { code: 'yaml-merge-key', message: 'merge keys (<<) are not part of YAML 1.2', fix };
  }
  if (name === '__proto__') return { code: 'unknown-key', message: 'unknown key "__proto__"' };
  return undefined;
}

function spanOf(node: Node | null, instead: Span | undefined): Span {
  const range = node?.range;
  if (range === null || range === undefined) return instead ?? { from: 0, to: 0 };
  return range[0] === range[1] && instead !== undefined ? instead : { from: range[0], to: range[1] };
}

function leaf(span: Span, value: unknown): SourceNode {
  return { span, value, children: noChildren, written: undefined };
}

/** Most values are leaves, and there are tens of thousands in a large file. */
const noChildren: Children = new Map();

function isNode(value: unknown): value is Node {
  return isScalar(value) || isMap(value) || isSeq(value) || isAlias(value);
}

/** What an unquoted scalar means in YAML 1.2, but that no text stays empty text rather than null. */
function readPlain(text: string): string | number | boolean {
  if (/^(?:true|True|TRUE)$/.test(text)) return true;
  if (/^(?:false|False|FALSE)$/.test(text)) return false;
  return /^[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?$/.test(text) ? Number(text) : text;
}
