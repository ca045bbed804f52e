/** Which part of a list is wanted. */
export interface PageRequest {
  /** 1 to 200 items. */
  readonly limit: number;
  readonly cursor?: string;
}

const idPattern = /^[a-z]{3}_[0-9a-z]{26}$/;
/** Sorts before every id, so that a list below it is empty. */
const belowAll = '';
const aboveAll = '~';

/** Says whether `text` is a public id as `newId` makes them; no other text can be one of a row. */
export function isId(text: string): boolean {
  return idPattern.test(text);
}

/** Says whether `text` is a cursor that a page has named. */
export function isCursor(text: string): boolean {
  return isId(Buffer.from(text, 'base64url').toString());
}

/**
 * The id that the items of the wanted page sort below, for lists by descending id, which is newest first. A text that
 * is no cursor leads past the end of the list.
 */
export function idBefore(page: PageRequest): string {
  if (page.cursor === undefined) return aboveAll;
  return isCursor(page.cursor) ? Buffer.from(page.cursor, 'base64url').toString() : belowAll;
}

/**
 * Makes the page of rows that were asked for with one row more than its limit.
 * @returns the items, and the cursor of the next page or null when there is none
 */
export function pageOf<Item extends { readonly id: string }>(
  rows: readonly Item[],
  limit: number,
): { items: readonly Item[]; nextCursor: string | null } {
  const items = rows.slice(0, limit);
  const last = rows.length > limit ? items.at(-1) : undefined;
  return { items, nextCursor: last === undefined ? null : Buffer.from(last.id).toString('base64url') };
}

/** A pattern for SQL's LIKE that finds `text` anywhere, taken literally. */
export function containsPattern(text: string): string {
  return `%${text.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`;
}

/** Writes the place where a page ended in a list that is ordered by several columns, as an opaque text. */
export function writePlace(columns: readonly string[]): string {
  return Buffer.from(columns.join('\n')).toString('base64url');
}

/** Reads what `writePlace` wrote of so many columns, the first of them a whole number; undefined for any other text. */
export function readPlace(cursor: string, columns: number): readonly string[] | undefined {
  const parts = Buffer.from(cursor, 'base64url').toString().split('\n');
  const isPlace = parts.length === columns && /^\d{1,15}$/.test(parts[0] ?? '') && !parts.join('').includes('\0');
  return isPlace ? parts : undefined;
}
