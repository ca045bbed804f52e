import type { ConfigProblem } from './config-problem.ts';

const shownMax = 100;

/**
 * Problems for people: for each a line that a tool can parse too, the place in the file, and what to do. Ends with a
 * newline unless there is nothing to tell.
 */
export function renderProblems(problems: readonly ConfigProblem[]): string {
  const shown = problems.slice(0, shownMax).map(renderProblem);
  const more = problems.length - shown.length;
  if (more > 0) shown.push(`and ${more} more; \`wayleave validate --json\` lists them all\n`);
  return shown.join('\n');
}

function renderProblem(problem: ConfigProblem): string {
  const { file, line, column, severity, code, path, message, fix } = problem;
  const where = path === '' ? '' : `${printable(path)}: `;
  const heading = `${file}:${line}:${column}  ${severity}  ${code}  ${where}${printable(message)}`;
  const lines = [heading, ...picture(problem), ...(fix === undefined ? [] : [`     fix: ${printable(fix)}`])];
  return `${lines.join('\n')}\n`;
}

function picture({ excerpt, line, column, endColumn }: ConfigProblem): string[] {
  const width = Math.max(4, String(line).length);
  const lines = excerpt.map((shown) => `${String(shown.line).padStart(width)} | ${printable(shown.text)}`);
  const under = excerpt.at(-1)?.text;
  if (under === undefined || under === '') return lines;
  const margin = under.slice(0, column - 1).replace(/[^\t]/g, ' ');
  return [...lines, `${' '.repeat(width)} | ${margin}${'^'.repeat(endColumn - column)}`];
}

/** Control characters could move the cursor or hide text; tabs stay, for the caret's line has them too. */
function printable(text: string): string {
  return text.replace(/[^\P{C}\t]/gu, '?');
}

/** Problems for programs, as `validate --json` prints them. */
export function problemsAsJson(problems: readonly ConfigProblem[]): object[] {
  return problems.map(({ file, line, column, endColumn, severity, code, path, message, fix }) => {
    return { file, line, column, end_column: endColumn, severity, code, path, message, fix: fix ?? null };
  });
}
