import type { ConfigProblem } from '../../config/config-problem.ts';

/**
 * Problems as workflow commands of GitHub Actions, which show them at their lines in a pull request; others that read
 * the form show them too.
 */
export function githubAnnotations(problems: readonly ConfigProblem[]): string {
  return problems.map(annotation).join('');
}

function annotation({ file, line, column, endColumn, severity, code, path, message, fix }: ConfigProblem): string {
  const properties = { file, line, endLine: line, col: column, endColumn, title: code };
  const list = Object.entries(properties).map(([name, value]) => `${name}=${property(String(value))}`);
  const text = `${path === '' ? '' : `${path}: `}${message}${fix === undefined ? '' : `\nfix: ${fix}`}`;
  return `::${severity} ${list.join(',')}::${escaped(text)}\n`;
}

/** A line end would begin another command. */
function escaped(text: string): string {
  const oneLine = text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
  return oneLine.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '?');
}

function property(text: string): string {
  return escaped(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
