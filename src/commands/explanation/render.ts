import type { GatewayConfig } from '../../config/compiled.ts';
import { paint, printable } from '../terminal/text.ts';
import type { Explanation } from './explain-request.ts';
import { suggestFix } from './fix.ts';

const headingWidth = 38;
const stageWidth = 9;

/** The decision as text: the verdict, then each step with the one that decides marked, then the fix. */
export function renderExplanation(explanation: Explanation, config: GatewayConfig, colours: boolean): string {
  const { refusal } = explanation;
  const verdict = refusal === undefined ? 'ALLOW' : `DENY ${refusal.status} ${refusal.problem.code}`;
  const heading =
    paint(verdict, refusal === undefined ? 'green' : 'red', colours) +
    ' '.repeat(Math.max(2, headingWidth - verdict.length));
  const steps = explanation.steps.map(({ stage, text, decides }, at) => {
    const mark = decides ? '        <- decides' : '';
    return ` ${at + 1} ${stage.padEnd(stageWidth)} ${printable(text)}${paint(mark, 'bold', colours)}`;
  });
  const fix = suggestFix(explanation, config);
  const lines = [`${heading}rev ${config.revision}  ${config.file}`, ...steps];
  if (fix !== undefined) lines.push(`   ${'fix'.padEnd(stageWidth)} ${printable(fix)}`);
  return `${lines.join('\n')}\n`;
}

/** The same for programs. */
export function explanationJson(explanation: Explanation, config: GatewayConfig): Record<string, unknown> {
  const { refusal, route, steps, question } = explanation;
  return {
    decision: refusal === undefined ? 'allow' : 'deny',
    request: question,
    status: refusal?.status ?? null,
    code: refusal?.problem.code ?? null,
    detail: refusal?.problem.detail ?? null,
    missing_scopes: refusal?.problem.missingScopes ?? [],
    route: route === undefined ? null : { name: route.name, line: route.line },
    steps,
    fix: suggestFix(explanation, config) ?? null,
    file: config.file,
    revision: config.revision,
  };
}
