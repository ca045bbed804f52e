import { hash } from 'node:crypto';
import type { RouteHandler } from '@hono/zod-openapi';
import type { AdminApp, AdminEnv } from '../context.ts';
import { pageRequest, presentPage } from '../http/paging.ts';
import { refuse } from '../http/problem-response.ts';
import { invalidField } from '../http/validation.ts';
import { tokenSortKeys, type TokenSort } from '../ports/tokens.ts';
import { listTokensCall } from './calls.ts';
import { tokenFilter } from './filter.ts';
import { presentToken } from './present.ts';

export function addTokenList(app: AdminApp): void {
  app.openapi(listTokensCall, list);
}

const list: RouteHandler<typeof listTokensCall, AdminEnv> = async (c) => {
  const { caller, deps } = c.var;
  const { limit, cursor, sort, ...criteria } = c.req.valid('query');
  const filter = await tokenFilter(criteria, caller, deps);
  if (filter.kind === 'refused') return refuse(c, filter.problem);
  // Of what has ended, the last to end are what people look for; their expiry has an index of its own.
  const order = sort ?? (criteria.state === 'expired' ? '-expires_at' : '-created_at');
  const seal = sealOf({ ...criteria, order });
  const [given, place] = cursor?.split('.') ?? [];
  if (cursor !== undefined && (given !== seal || place === undefined)) {
    const fault = 'belongs to a list with another filter or order, or to none; begin again without a cursor';
    return refuse(c, invalidField('/query/cursor', fault));
  }
  const wanted = pageRequest({ limit, cursor: place });
  const page = await deps.stores.tokens.list(filter.item, wanted, readSort(order));
  const nextCursor = page.nextCursor === null ? null : `${seal}.${page.nextCursor}`;
  const { maxLifetimeMs } = deps.currentConfig().tokens;
  return c.json(
    presentPage({ ...page, nextCursor }, (token) => presentToken(token, maxLifetimeMs)),
    200,
  );
};

/** A place in one list is none in another, so a cursor says what list it is of. */
function sealOf(criteria: object): string {
  const inOrder = Object.entries(criteria).toSorted(([one], [other]) => (one < other ? -1 : 1));
  return hash('sha256', JSON.stringify(inOrder), 'base64url').slice(0, 10);
}

/** Reads `created_at`, or `-created_at` for descending. */
function readSort(text: string): TokenSort {
  const descending = text.startsWith('-');
  const name = descending ? text.slice(1) : text;
  return { by: tokenSortKeys.find((key) => key === name) ?? 'created_at', descending };
}
