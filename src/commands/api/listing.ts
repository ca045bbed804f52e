import type { z } from 'zod';
import { callAndShow, type ActionContext, type ActionOutcome } from './action.ts';
import { pageOf } from './shapes.ts';
import type { OptionTable } from '../terminal/options.ts';
import { renderTable, type Column } from '../terminal/table.ts';

/** Options of every list. */
export const listingOptions = {
  limit: { value: 'N', help: 'At most so many, 1 to 200; 50 unless told' },
  cursor: { value: 'CURSOR', help: 'Go on where the list before ended' },
} as const satisfies OptionTable;

const defaultLimit = '50';

export interface Listing<Item> {
  readonly path: readonly string[];
  readonly filter?: Readonly<Record<string, string | undefined>>;
  readonly shape: z.ZodType<Item>;
  readonly columns: readonly Column<Item>[];
  /** What there is none of: `no tokens`. */
  readonly items: string;
}

/** Asks for one page of a list and shows it as a table. */
export function showListing<Item>(context: ActionContext, listing: Listing<Item>): Promise<ActionOutcome> {
  const { input, client, look } = context;
  const query = { ...listing.filter, limit: input.values['limit'] ?? defaultLimit, cursor: input.values['cursor'] };
  return callAndShow(client, { method: 'GET', path: listing.path, query }, pageOf(listing.shape), (page) => ({
    text: page.items.length === 0 ? '' : renderTable(listing.columns, page.items, look),
    notes: notesOf(page.items.length, page.next_cursor, listing.items),
  }));
}

/** A page may end before it is full, even before its first item: the list is at its end only without a cursor. */
function notesOf(found: number, cursor: string | null, items: string): string[] {
  if (cursor === null) return found === 0 ? [`no ${items}`] : [];
  return [found === 0 ? `no ${items} so far; look further: --cursor ${cursor}` : `there are more: --cursor ${cursor}`];
}
