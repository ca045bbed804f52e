import type { GatewayConfig } from '../../config/compiled.ts';
import type { RouteCase } from '../../config/load-cases.ts';
import type { ExplanationDocument } from '../../core/explanation.ts';
import type { CommandIo } from '../command.ts';
import type { Input } from '../terminal/options.ts';
import { explainFile } from './explain-file.ts';
import { readQuestion } from './question.ts';

/** What came of a case. */
export interface CaseResult {
  readonly line: number;
  readonly name: string | undefined;
  readonly request: string;
  /** In what it differs from what was expected; empty: in nothing. */
  readonly faults: readonly string[];
  /** null: the case makes no sense. */
  readonly explanation: ExplanationDocument | null;
}

/** Decides the request of a case and compares. */
export async function runCase(one: RouteCase, config: GatewayConfig, io: CommandIo): Promise<CaseResult> {
  const { line, name, request } = one;
  const input = inputOf(one);
  const question = readQuestion(input);
  const explained = question.kind === 'wrong' ? question : await explainFile(input, config, question.question, io);
  if (explained.kind === 'wrong') return { line, name, request, faults: [explained.message], explanation: null };
  return { line, name, request, faults: faultsOf(one, explained.document), explanation: explained.document };
}

/** A case says what the options of `wayleave explain` say. */
function inputOf({ request, host, from, scopes, kind, org, as, assume, assumed, ...one }: RouteCase): Input {
  const at = request.indexOf(' ');
  const switches = [...(one.read_only === true ? ['read-only'] : []), ...(assumed === true ? ['assumed'] : [])];
  return {
    positionals: [request.slice(0, at), request.slice(at + 1)],
    values: { host, from, scopes: scopes?.join(','), kind, org, as, assume },
    switches: new Set(switches),
  };
}

function faultsOf(
  { expect, route }: RouteCase,
  { decision, status, code, route: taken }: ExplanationDocument,
): string[] {
  const got = decision === 'allow' ? 'allow' : (code ?? 'deny');
  const faults: string[] = [];
  if (got !== expect) faults.push(`expected ${expect}, got ${status === null ? got : `${status} ${got}`}`);
  if (route !== undefined && route !== taken?.name) {
    faults.push(
      `expected the route "${route}", got ${taken === null ? 'none' : `"${taken.name}" (line ${taken.line})`}`,
    );
  }
  return faults;
}
