import { isIP } from 'node:net';
import * as z from 'zod';
import { problemCatalogue } from '../core/problem.ts';
import { nearest } from '../lib/nearest.ts';
import { keyError, valueError, type ConfigPath, type ConfigProblem, type Finding } from './config-problem.ts';
import { readDocument } from './load-document.ts';
import { readConfigFile } from './load-file.ts';
import { readTree } from './load-tree.ts';
import { lineOf, nodeAt, problemAt, sourceText, spanOf, type SourceNode, type SourceText } from './source-text.ts';

const text = z.string('must be text').min(1, 'must not be empty');
const verdicts: ReadonlySet<string> = new Set(['allow', ...Object.keys(problemCatalogue)]);

const caseSchema = z.strictObject({
  name: text.optional(),
  request: text.regex(/^[A-Z][A-Z-]* \/\S*$/, 'must be a method and a path, such as "GET /api/devices/42"'),
  host: text.optional(),
  from: text.refine((address) => isIP(address) !== 0, 'must be an IP address').optional(),
  scopes: z.array(text, 'must be a list of scopes').optional(),
  kind: z.enum(['human', 'service'], 'must be human or service').optional(),
  org: text.optional(),
  as: text.optional(),
  assume: text.optional(),
  assumed: z.boolean('must be true or false').optional(),
  read_only: z.boolean('must be true or false').optional(),
  expect: text.refine((verdict) => verdicts.has(verdict), 'must be allow, or the code of a refusal'),
  route: text.optional(),
});

const fileSchema = z.strictObject({
  cases: z.array(caseSchema, 'must be a list of cases').min(1, 'must have at least one case'),
});

/** A request that nobody sent, and what is expected of it. */
export interface RouteCase extends z.output<typeof caseSchema> {
  /** Where it begins in the file. */
  readonly line: number;
}

export type CasesOutcome =
  | { readonly kind: 'ok'; readonly cases: readonly RouteCase[] }
  | { readonly kind: 'invalid'; readonly problems: readonly ConfigProblem[] };

/** Reads a file of cases for `wayleave test-routes`. Never throws for what stands in it. */
export function loadCases(file: string): CasesOutcome {
  const read = readConfigFile(file);
  if (read.kind === 'text') return parseCases(read.text, file);
  return refused(sourceText(file, ''), { ...read, path: [], at: 'value', severity: 'error' });
}

/** @param file its name, for messages */
export function parseCases(content: string, file: string): CasesOutcome {
  const source = sourceText(file, content);
  const { problems, document } = readDocument(source);
  if (document === undefined) return { kind: 'invalid', problems };
  if (document.contents === null) return refused(source, valueError([], 'file-empty', 'the file has no cases'));
  const { root, problems: wrong } = readTree(source, document.contents, new Map());
  if (root === undefined || wrong.length > 0) return { kind: 'invalid', problems: wrong };
  const checked = fileSchema.safeParse(root.value);
  if (checked.success) return { kind: 'ok', cases: located(checked.data.cases, source, root) };
  const findings = checked.error.issues.flatMap((issue) => findingsOf(issue, root));
  return { kind: 'invalid', problems: findings.map((one) => problemAt(source, spanOf(root, one.path, one.at), one)) };
}

function located(cases: readonly z.output<typeof caseSchema>[], source: SourceText, root: SourceNode): RouteCase[] {
  return cases.map((one, at) => ({ ...one, line: lineOf(source, spanOf(root, ['cases', at, 'request'], 'key').from) }));
}

function findingsOf(issue: z.core.$ZodIssue, root: SourceNode): Finding[] {
  const path = issue.path.filter((step): step is string | number => typeof step !== 'symbol');
  if (issue.code !== 'unrecognized_keys') {
    if (nodeAt(root, path) === undefined) return [keyError(path, 'missing-key', `${path.at(-1)} is missing`)];
    return [valueError(path, 'invalid-value', `${path.at(-1) ?? 'the file'} ${issue.message}`)];
  }
  const known = path.length === 0 ? ['cases'] : Object.keys(caseSchema.shape);
  return issue.keys.map((key) => unknownKey([...path, key], key, known));
}

function unknownKey(path: ConfigPath, key: string, known: readonly string[]): Finding {
  const near = nearest(key, known);
  const hint = near === undefined ? '' : `; did you mean "${near}"?`;
  return keyError(path, 'unknown-key', `unknown key "${key}"${hint}`);
}

function refused(source: SourceText, found: Finding): CasesOutcome {
  return { kind: 'invalid', problems: [problemAt(source, { from: 0, to: 0 }, found)] };
}
