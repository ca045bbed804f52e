import { readFileSync } from 'node:fs';

/** A fenced block of README.md. */
export interface Block {
  /** What the HTML comment in the line above it says, such as `run` or `prints`; the empty text: no comment. */
  readonly mark: string;
  readonly language: string;
  readonly text: string;
  /** The line of its opening fence. */
  readonly line: number;
}

export const repository = new URL('../../', import.meta.url);
export const readme = readFileSync(new URL('README.md', repository), 'utf8');

export const blocks: readonly Block[] = [...readme.matchAll(/(?:^<!-- ([^\n]+) -->\n)?^```(\w+)\n([^]*?)^```$/gm)].map(
  ({ 0: whole, 1: mark = '', 2: language = '', 3: text = '', index }) => ({
    mark,
    language,
    text,
    line: readme.slice(0, index).split('\n').length + (whole.startsWith('<!--') ? 1 : 0),
  }),
);

/** What stands under a heading, up to the next one of the same or a higher level. */
export function section(heading: string): string {
  const [, text] = new RegExp(`^## ${heading}\\n([^]*?)(?=^## |(?![^]))`, 'm').exec(readme) ?? [];
  if (text === undefined) throw new Error(`README.md has no heading "${heading}"`);
  return text;
}

/** The blocks under a heading. */
export function blocksUnder(heading: string): readonly Block[] {
  const from = readme.slice(0, readme.indexOf(section(heading))).split('\n').length;
  const to = from + section(heading).split('\n').length;
  return blocks.filter(({ line }) => line >= from && line < to);
}

/** The rows of the tables in a text, without heads: the cells of each. */
export function tableRows(text: string): string[][] {
  const rows: string[][] = [];
  let isBody = false;
  for (const line of text.split('\n')) {
    if (!line.startsWith('|')) isBody = false;
    else if (/^\|[ |-]+\|$/.test(line)) isBody = true;
    else if (isBody)
      rows.push(
        line
          .slice(1, -1)
          .split(' | ')
          .map((cell) => cell.trim()),
      );
  }
  return rows;
}

/** What stands between backticks. */
export function codeSpans(text: string): string[] {
  return [...text.replace(/^```[^]*?^```$/gm, '').matchAll(/`([^`\n]+)`/g)].map(([, span = '']) => span);
}
