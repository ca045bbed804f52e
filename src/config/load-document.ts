import { Composer, Lexer, Parser, type CST, type Document } from 'yaml';
import type { ConfigProblem } from './config-problem.ts';
import { lineOf, lineText, problemAt, type SourceText, type Span } from './source-text.ts';
import { explainSyntax, type SyntaxProblem } from './syntax-words.ts';

export interface DocumentOutcome {
  readonly problems: readonly ConfigProblem[];
  /** undefined when the text cannot be relied on to mean what it seems to. */
  readonly document: Document.Parsed | undefined;
}

/** Parses the text as one YAML 1.2 document. Warnings of the parser are errors here. */
export function readDocument(source: SourceText): DocumentOutcome {
  const { tokens, problem: unsound } = readTokens(source);
  if (unsound !== undefined) return { problems: [unsound], document: undefined };
  const documents = new Composer({ uniqueKeys: false, stringKeys: true }).compose(tokens, true, source.text.length);
  const [first, second] = [documents.next().value, documents.next().value];
  if (!isDocument(first)) return { problems: [], document: undefined };
  const problems = syntaxProblems(source, first);
  if (second !== undefined) problems.push(severalDocuments(source, second));
  if (problems.length > 0) return { problems, document: undefined };
  const directive = yamlVersion(source, first);
  return directive === undefined ? { problems, document: first } : { problems: [directive], document: undefined };
}

function isDocument(value: Document.Parsed | void | undefined): value is Document.Parsed {
  return value !== undefined;
}

/**
 * Far more than gateway.yaml has use for. The composer works by recursion: at some 2,000 levels its regular expressions
 * find no stack left and V8 ends the whole process, which no `catch` prevents (seen with Node 20 and yaml 2.9.1).
 */
const depthMax = 32;

/** What the lexer puts before text without quotes. */
const plainMark = '\u001f';

/** Cuts the text into tokens, and stops where it nests too deeply or a quote stays open. */
function readTokens(source: SourceText): { tokens: readonly CST.Token[]; problem: ConfigProblem | undefined } {
  const parser = new Parser();
  const tokens: CST.Token[] = [];
  let before = '';
  let offset = 0;
  for (const lexeme of new Lexer().lex(source.text)) {
    const at = { from: offset, to: offset + 1 };
    for (const token of parser.next(lexeme)) tokens.push(token);
    if (parser.stack.length > depthMax) return { tokens, problem: tooDeep(source, at) };
    if (before !== plainMark && isOpenQuote(lexeme)) return { tokens, problem: openQuote(source, at, lexeme) };
    before = lexeme;
    offset = parser.offset;
  }
  for (const token of parser.end()) tokens.push(token);
  return { tokens, problem: undefined };
}

function tooDeep(source: SourceText, at: Span): ConfigProblem {
  const message = 'lists and maps stand too deep in each other here; gateway.yaml needs 8 levels at most';
  return problem(source, at, { code: 'yaml-depth', message });
}

/** An open quote swallows the rest of the file, and the parser would complain about the file's end. */
function openQuote(source: SourceText, at: Span, lexeme: string): ConfigProblem {
  return problem(source, at, {
    code: 'yaml-syntax',
    message: `the quote ${lexeme.charAt(0)} that opens here is never closed`,
  });
}

function isOpenQuote(lexeme: string): boolean {
  const mark = lexeme.charAt(0);
  if (mark !== '"' && mark !== "'") return false;
  const escaped = mark === '"' && (/\\+$/.exec(lexeme.slice(-64, -1))?.[0].length ?? 0) % 2 === 1;
  return lexeme.length < 2 || !lexeme.endsWith(mark) || escaped;
}

/**
 * The first error of each line, for what follows on the line is mostly its echo; and none after an unexpected token, for
 * then the parser has lost its place.
 */
function syntaxProblems(source: SourceText, document: Document.Parsed): ConfigProblem[] {
  const byLine = new Map<number, ConfigProblem>();
  for (const { code, message, pos } of [...document.errors, ...document.warnings]) {
    const span = { from: pos[0], to: pos[1] };
    const line = lineOf(source, span.from);
    if (byLine.has(line)) continue;
    byLine.set(line, problem(source, span, explainSyntax(code, message, lineText(source, line))));
    if (code === 'UNEXPECTED_TOKEN') break;
  }
  return [...byLine.values()];
}

function severalDocuments(source: SourceText, second: Document.Parsed): ConfigProblem {
  const from = Math.max(0, source.text.lastIndexOf('---', second.range[0]));
  return problem(
    source,
    { from, to: from + 3 },
    {
      code: 'yaml-documents',
      message: 'a second document begins here; gateway.yaml is one document',
      fix: 'remove the --- line, or move what follows to a file of its own',
    },
  );
}

/** `%YAML 1.1` would turn `no` into false and `017` into 15. */
function yamlVersion(source: SourceText, document: Document.Parsed): ConfigProblem | undefined {
  const { version } = document.directives.yaml;
  if (version === '1.2') return undefined;
  const from = Math.max(0, source.text.indexOf('%YAML'));
  const message = `gateway.yaml is YAML 1.2, not ${version}`;
  return problem(source, { from, to: from + 9 }, { code: 'yaml-directive', message, fix: 'remove the %YAML line' });
}

function problem(source: SourceText, span: Span, { code, message, fix }: SyntaxProblem): ConfigProblem {
  return problemAt(source, span, { path: [], severity: 'error', code, message, fix });
}
