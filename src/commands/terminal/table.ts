import { paint, printable, type Colour } from './text.ts';

/** A column of a table; `cell` gives the text of one row. */
export interface Column<Row> {
  readonly title: string;
  cell(row: Row): string;
  readonly colour?: (row: Row) => Colour | undefined;
  /** Cut first when the terminal is too narrow. Others are never cut: an id that is cut is of no use. */
  readonly flexible?: true;
}

export interface TableLook {
  /** Columns of the terminal; undefined: as wide as it needs to be. */
  readonly width: number | undefined;
  readonly colours: boolean;
}

const gap = 2;
const narrowest = 6;

/** Rows under their titles, padded, cut to the terminal's width; one block a row where it is too narrow even for that. */
export function renderTable<Row>(columns: readonly Column<Row>[], rows: readonly Row[], look: TableLook): string {
  const cells = rows.map((row) => columns.map((column) => printable(column.cell(row))));
  const titles = columns.map((column) => column.title);
  const natural = columns.map((_, at) => Math.max(...[titles, ...cells].map((line) => [...(line[at] ?? '')].length)));
  const widths = fit(
    natural,
    columns.map((column) => column.flexible === true),
    look.width,
  );
  if (look.width !== undefined && widthOf(widths) > look.width) return renderBlocks(columns, rows, look);
  const heading = layOut(titles, widths, () => (look.colours ? 'dim' : undefined), look.colours);
  const lines = cells.map((line, at) => {
    const row = rows[at];
    const colourOf = (column: number) => (row === undefined ? undefined : columns[column]?.colour?.(row));
    return layOut(line, widths, colourOf, look.colours);
  });
  return `${[heading, ...lines].join('\n')}\n`;
}

/** A line for each cell behind its title, and an empty line between rows. */
function renderBlocks<Row>(columns: readonly Column<Row>[], rows: readonly Row[], look: TableLook): string {
  const label = Math.max(...columns.map(({ title }) => title.length));
  const blocks = rows.map((row) => {
    const lines = columns.map((column) => {
      const text = printable(column.cell(row));
      const value = column.flexible === true ? cut(text, (look.width ?? Infinity) - label - gap) : text;
      const title = paint(column.title.padEnd(label), look.colours ? 'dim' : undefined, look.colours);
      return text === '' ? '' : `${title}${' '.repeat(gap)}${paint(value, column.colour?.(row), look.colours)}\n`;
    });
    return lines.join('');
  });
  return blocks.join('\n');
}

/** Names and values, one a line, the values under each other. Ends with a newline. */
export function renderFields(fields: readonly (readonly [name: string, value: string | null | undefined])[]): string {
  const present = fields.filter(
    (field): field is readonly [string, string] => field[1] !== null && field[1] !== undefined,
  );
  const width = Math.max(...present.map(([name]) => name.length));
  return present.map(([name, value]) => `${name.padEnd(width + gap)}${printable(value)}\n`).join('');
}

/** Takes from the widest flexible columns until the row fits, or until none can give more. */
function fit(natural: readonly number[], flexible: readonly boolean[], width: number | undefined): number[] {
  const widths = [...natural];
  if (width === undefined) return widths;
  let excess = widthOf(widths) - width;
  for (; excess > 0; excess--) {
    let widest = -1;
    for (const [at, column] of widths.entries()) {
      if (flexible[at] === true && column > narrowest && column > (widths[widest] ?? 0)) widest = at;
    }
    if (widest === -1) break;
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
  return widths;
}

/** Of a row, with the gaps. */
function widthOf(widths: readonly number[]): number {
  return widths.reduce((sum, column) => sum + column, 0) + gap * (widths.length - 1);
}

function cut(text: string, width: number): string {
  const characters = [...text];
  return characters.length > width ? `${characters.slice(0, Math.max(narrowest, width) - 1).join('')}…` : text;
}

function layOut(
  line: readonly string[],
  widths: readonly number[],
  colourOf: (column: number) => Colour | undefined,
  colours: boolean,
): string {
  const padded = line.map((text, at) => {
    const width = widths[at] ?? 0;
    const shown = cut(text, width);
    const padding = at === line.length - 1 ? '' : ' '.repeat(Math.max(0, width - [...shown].length));
    return paint(shown, colourOf(at), colours) + padding;
  });
  return padded.join(' '.repeat(gap)).trimEnd();
}
