import type { ConfigProblem } from './config-problem.ts';
import { lineText, type SourceText } from './source-text.ts';

const allowance = /#.*\blint: allow ([a-z, -]+)/;

/**
 * Keeps the problems that nobody has allowed: a warning is told no more where its line ends in
 * `# lint: allow CODE`. Errors cannot be allowed.
 */
export function unlessAllowed(source: SourceText): (problem: ConfigProblem) => boolean {
  return ({ severity, line, code }) => {
    if (severity === 'error') return true;
    const [, codes = ''] = allowance.exec(lineText(source, line)) ?? [];
    return !codes.split(/[\s,]+/).includes(code);
  };
}
