import { readFileSync } from 'node:fs';
import { checkFile, type CheckedFile } from './check-file.ts';
import { compileConfig, type GoodSections, type Origin } from './compile.ts';
import type { GatewayConfig } from './compiled.ts';
import type { ConfigProblem, Finding } from './config-problem.ts';
import type { Environment } from './environment.ts';
import { asMap } from './file-names.ts';
import { readDocument } from './load-document.ts';
import { readConfigFile } from './load-file.ts';
import { readTree } from './load-tree.ts';
import { wrongRoot } from './sections.ts';
import { shownText } from './shown-text.ts';
import { problemAt, sourceText, spanOf, type SourceNode, type SourceText } from './source-text.ts';
import { unlessAllowed } from './lint-comments.ts';
import { secretsInFile } from './lint-secrets.ts';
import { warningsOf } from './warnings.ts';

/** A good file as others may see it. */
export interface ShownFile {
  /** Without anything secret. */
  readonly text: string;
  /** Variables of the environment that it uses. */
  readonly variables: readonly string[];
}

export type ConfigOutcome =
  | {
      readonly kind: 'ok';
      readonly config: GatewayConfig;
      readonly warnings: readonly ConfigProblem[];
      /** Worked out when it is asked for: it takes a walk over the whole text, which checking a file has no use for. */
      readonly shown: ShownFile;
      /** Gives what is found elsewhere, such as in the store, its place in the file. */
      locate(findings: readonly Finding[]): readonly ConfigProblem[];
    }
  | { readonly kind: 'invalid'; readonly problems: readonly ConfigProblem[] };

/** Reads a gateway.yaml and everything it names. Never throws for what stands in the file. */
export function loadConfig(file: string, environment: Environment): ConfigOutcome {
  const read = readConfigFile(file);
  if (read.kind === 'text') return parseConfig(read.text, file, environment, (path) => readFileSync(path, 'utf8'));
  return refused(sourceText(file, ''), { ...read, path: [], at: 'value', severity: 'error' });
}

/**
 * Reads the text of a gateway.yaml.
 * @param file its name, for messages; paths in the text are relative to its folder
 * @param readFile reads the files that the text names, and throws as `fs` does; without it they are not looked at
 */
export function parseConfig(
  text: string,
  file: string,
  environment: Environment,
  readFile?: (path: string) => string,
): ConfigOutcome {
  const source = sourceText(file, text);
  const { problems, document } = readDocument(source);
  if (document === undefined) return { kind: 'invalid', problems };
  if (document.contents === null) return refused(source, emptyFile);
  const tree = readTree(source, document.contents, environment.variables);
  if (tree.root === undefined) return { kind: 'invalid', problems: tree.problems };
  if (asMap(tree.root.value) === undefined) return refused(source, wrongRoot(tree.root));
  const checked = checkFile(tree.root, source, readFile);
  const found = [...tree.problems, ...place(source, tree.root, checked.findings)];
  if (found.length > 0) return { kind: 'invalid', problems: sorted(found) };
  const config = compile(checked, { file, text, used: tree.used });
  const { root } = tree;
  const locate = (findings: readonly Finding[]) => sorted(place(source, root, findings)).filter(unlessAllowed(source));
  const warnings = locate([...warningsOf(config), ...secretsInFile(root)]);
  return {
    kind: 'ok',
    config,
    warnings,
    locate,
    get shown() {
      return { text: shownText(source, root), variables: [...tree.used.keys()].toSorted() };
    },
  };
}

/** Without findings every section is there; the types cannot know. */
function compile({ sections, routes }: CheckedFile, origin: Origin): GatewayConfig {
  const { publicUrl, ...required } = sections;
  for (const [name, section] of Object.entries(required)) {
    if (section === undefined) throw new Error(`the section ${name} is wrong, and nobody said so`);
  }
  return compileConfig({ ...(required as Omit<GoodSections, 'publicUrl'>), publicUrl }, routes, origin);
}

const emptyFile: Finding = {
  path: [],
  at: 'value',
  severity: 'error',
  code: 'file-empty',
  message: 'the file is empty',
  fix: 'begin with version: 1, upstreams: and routes:; `wayleave schema` describes every key',
};

function refused(source: SourceText, found: Finding): ConfigOutcome {
  return { kind: 'invalid', problems: [problemAt(source, { from: 0, to: 0 }, found)] };
}

function place(source: SourceText, root: SourceNode, findings: readonly Finding[]): ConfigProblem[] {
  return findings.map((found) => problemAt(source, spanOf(root, found.path, found.at), found));
}

/** More than these nobody reads, and a file of rubbish could fill the memory with them. */
const problemsMax = 1000;

/** By place; what an alias repeats is told once. */
function sorted(problems: readonly ConfigProblem[]): ConfigProblem[] {
  const told = new Map<string, ConfigProblem>();
  for (const problem of problems) {
    const { line, column, code, message } = problem;
    told.set(`${line}:${column} ${code} ${message}`, problem);
  }
  return [...told.values()]
    .toSorted((one, other) => one.line - other.line || one.column - other.column)
    .slice(0, problemsMax);
}
