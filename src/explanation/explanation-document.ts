import type { GatewayConfig } from '../config/compiled.ts';
import type { ExplanationDocument, ExplanationStep } from '../core/explanation.ts';
import { maskTokens } from '../core/token-mask.ts';
import type { TraceStep } from '../gateway/trace.ts';
import type { Explanation } from './explain-request.ts';
import { suggestFix } from './fix.ts';

/** An explanation as people and programs are shown it. What looks like a token is masked, whoever wrote it there. */
export function explanationDocument(explanation: Explanation, config: GatewayConfig): ExplanationDocument {
  const { refusal, route, steps, question } = explanation;
  const fix = suggestFix(explanation, config);
  return {
    decision: refusal === undefined ? 'allow' : 'deny',
    request: {
      method: question.method,
      path: maskTokens(readable(question.target)),
      host: maskTokens(question.host),
      from: question.from ?? null,
    },
    status: refusal?.status ?? null,
    code: refusal?.problem.code ?? null,
    detail: refusal === undefined ? null : maskTokens(refusal.problem.detail),
    missing_scopes: [...(refusal?.problem.missingScopes ?? [])],
    route: route === undefined ? null : { name: route.name, line: route.line },
    steps: maskedSteps(steps),
    fix: fix === undefined ? null : maskTokens(fix),
    file: config.file,
    revision: config.revision,
  };
}

export function maskedSteps(steps: readonly TraceStep[]): ExplanationStep[] {
  return steps.map(({ stage, text, lines, decides }) => ({
    stage,
    text: maskTokens(text),
    lines: lines.map(maskTokens),
    decides,
  }));
}

/** Targets have one character a byte. */
function readable(target: string): string {
  return Buffer.from(target, 'latin1').toString('utf8');
}
