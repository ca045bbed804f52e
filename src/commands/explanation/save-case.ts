import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { parseCases, type CasesOutcome } from '../../config/load-cases.ts';
import { renderProblems } from '../../config/report.ts';
import type { ExplanationDocument } from '../../core/explanation.ts';
import { readList, type Input } from '../terminal/options.ts';

export type SaveOutcome =
  | { readonly kind: 'saved' }
  | { readonly kind: 'known' }
  | { readonly kind: 'wrong'; readonly message: string };

/** What of a question a file of cases cannot say. */
export function unsavable({ values }: Input): string | undefined {
  if (values['token'] !== undefined)
    return 'a token is nothing for a file; leave --save out, or ask with --as or --scopes';
  if (values['request-id'] !== undefined)
    return 'a request that was made is over; leave --save out, or ask about it anew';
  return undefined;
}

/** Adds the question and its answer to a file of cases for `wayleave test-routes`, which is made if need be. */
export function saveCase(file: string, input: Input, document: ExplanationDocument): SaveOutcome {
  const entry = `  - { ${caseText(input, document)} }\n`;
  if (!existsSync(file)) {
    writeFileSync(file, `# Requests and what is expected of them: wayleave test-routes ${file}\ncases:\n${entry}`);
    return { kind: 'saved' };
  }
  const text = readFileSync(file, 'utf8');
  const before = parseCases(text, file);
  if (before.kind === 'invalid') return { kind: 'wrong', message: renderProblems(before.problems) };
  if (text.split('\n').includes(entry.trimEnd())) return { kind: 'known' };
  const added = `${text === '' || text.endsWith('\n') ? '' : '\n'}${entry}`;
  if (casesIn(parseCases(text + added, file)) !== casesIn(before) + 1) {
    return {
      kind: 'wrong',
      message: `${file} does not end with a list of cases indented by two spaces; add this to it:\n${entry}`,
    };
  }
  appendFileSync(file, added);
  return { kind: 'saved' };
}

function casesIn(outcome: CasesOutcome): number {
  return outcome.kind === 'ok' ? outcome.cases.length : 0;
}

/** JSON is YAML, and needs no rules about what to quote. */
function caseText({ positionals, values, switches }: Input, { decision, code, route }: ExplanationDocument): string {
  const { host, from, scopes, kind, org, as, assume } = values;
  const fields = {
    request: positionals.join(' '),
    host,
    from,
    scopes: scopes === undefined ? undefined : readList(scopes),
    kind,
    org,
    as,
    assume,
    read_only: switches.has('read-only') ? true : undefined,
    expect: decision === 'allow' ? 'allow' : (code ?? 'deny'),
    route: route?.name,
  };
  const known = Object.entries(fields).filter(([, value]) => value !== undefined);
  return known.map(([name, value]) => `${name}: ${JSON.stringify(value)}`).join(', ');
}
