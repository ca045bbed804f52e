import { z } from '@hono/zod-openapi';
import type { Page } from '../../core/directory.ts';
import { isCursor } from '../../lib/keyset.ts';
import type { PageRequest } from '../ports/changes.ts';

const limitDefault = 50;
const limitMax = 200;

/** The query parameters of every list. */
export const pageQuery = {
  limit: z
    .string()
    .regex(/^\d{1,9}$/, `must be a whole number from 1 to ${limitMax}`)
    .transform(Number)
    .refine((limit) => limit >= 1 && limit <= limitMax, `must be from 1 to ${limitMax}`)
    .optional()
    .openapi({ type: 'integer', minimum: 1, maximum: limitMax, default: limitDefault }),
  cursor: z
    .string()
    .refine(isCursor, 'is not a cursor that a list answered')
    .optional()
    .openapi({ description: 'What the page before gave as next_cursor' }),
};

/** The page that a query asks for. */
export function pageRequest(query: { limit?: number | undefined; cursor?: string | undefined }): PageRequest {
  return { limit: query.limit ?? limitDefault, ...(query.cursor !== undefined && { cursor: query.cursor }) };
}

/** The shape of every list. */
export function pageOf<Item extends z.ZodType>(item: Item) {
  return z.object({ items: z.array(item), next_cursor: z.string().nullable() });
}

/** A page as it is answered. */
export function presentPage<Item, View>(page: Page<Item>, present: (item: Item) => View) {
  return { items: page.items.map(present), next_cursor: page.nextCursor };
}
