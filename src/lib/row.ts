/** A row of a query, or another record from outside whose fields are not known to be what they should be. */
export type Row = Readonly<Record<string, unknown>>;

/** The text in a column. @throws when there is none, as every function here when the column holds something else */
export function text(row: Row, column: string): string {
  const value = row[column];
  return typeof value === 'string' ? value : mismatch(column, 'a text', value);
}

export function textOrNull(row: Row, column: string): string | null {
  return row[column] === null ? null : text(row, column);
}

export function texts(row: Row, column: string): readonly string[] {
  const value = row[column];
  const isTexts = Array.isArray(value) && value.every((item) => typeof item === 'string');
  return isTexts ? value : mismatch(column, 'an array of texts', value);
}

export function integer(row: Row, column: string): number {
  const value = row[column];
  return typeof value === 'number' && Number.isInteger(value) ? value : mismatch(column, 'a whole number', value);
}

export function flag(row: Row, column: string): boolean {
  const value = row[column];
  return typeof value === 'boolean' ? value : mismatch(column, 'true or false', value);
}

/** The instant in a column, in epoch milliseconds. */
export function instant(row: Row, column: string): number {
  const value = row[column];
  return value instanceof Date ? value.getTime() : mismatch(column, 'an instant', value);
}

export function instantOrNull(row: Row, column: string): number | null {
  return row[column] === null ? null : instant(row, column);
}

/** The one of `values` that a column holds. */
export function oneOf<Value extends string>(row: Row, column: string, values: readonly Value[]): Value {
  const value = row[column];
  return values.find((one) => one === value) ?? mismatch(column, `one of ${values.join(', ')}`, value);
}

function mismatch(column: string, expected: string, value: unknown): never {
  throw new Error(`the column ${column} should hold ${expected} and holds ${typeof value}`);
}
