import type { ExplanationDocument, ExplanationStep } from '../../core/explanation.ts';
import { paint, printable } from '../terminal/text.ts';

const headingWidth = 38;
const stageWidth = 9;
const indent = ' '.repeat(' 1 '.length + stageWidth + ' '.length + 2);

/** The decision as text: the verdict, then each step with the one that decides marked, then the fix. */
export function renderExplanation(document: ExplanationDocument, colours: boolean): string {
  const { decision, status, code, fix, revision, file, past } = document;
  const told = code === null ? '' : ` ${status} ${code}`;
  const verdict = decision === 'deny' ? `DENY${told}` : `ALLOW${told === '' ? '' : `, then${told}`}`;
  const heading =
    paint(verdict, decision === 'allow' ? 'green' : 'red', colours) +
    ' '.repeat(Math.max(2, headingWidth - verdict.length));
  const lines = [
    `${heading}rev ${printable(revision)}  ${printable(file)}`,
    ...document.steps.flatMap((step, at) => stepLines(step, at + 1, colours)),
  ];
  if (past !== undefined) {
    const where = `request ${past.request_id}, answered ${past.at} on ${past.node}`;
    lines.push(`   ${'past'.padEnd(stageWidth)} ${printable(where)}`);
  }
  if (fix !== null) lines.push(`   ${'fix'.padEnd(stageWidth)} ${printable(fix)}`);
  return `${lines.join('\n')}\n`;
}

function stepLines({ stage, text, lines, decides }: ExplanationStep, number: number, colours: boolean): string[] {
  const mark = decides ? `        ${paint('<- decides', 'bold', colours)}` : '';
  const first = `${String(number).padStart(2)} ${stage.padEnd(stageWidth)} ${printable(text)}${mark}`;
  return [first, ...lines.map((line) => `${indent}${printable(line)}`)];
}
