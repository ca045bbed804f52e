import { z } from 'zod';
import type { Action } from './action.ts';
import { findOwner } from './find-user.ts';
import { listingOptions, showListing } from './listing.ts';
import type { Column } from '../terminal/table.ts';

export const scopeUseShape = z.looseObject({
  token_id: z.string(),
  name: z.string(),
  username: z.string(),
  created_at: z.string(),
  requests: z.number(),
  last_hour: z.string().nullable(),
  used: z.array(z.string()),
  unused: z.array(z.string()),
  uncounted: z.array(z.string()),
});
export type ScopeUseAnswer = z.infer<typeof scopeUseShape>;

const columns: readonly Column<ScopeUseAnswer>[] = [
  { title: 'ID', cell: ({ token_id: id }) => id },
  { title: 'NAME', cell: ({ name }) => name, flexible: true },
  { title: 'OWNER', cell: ({ username }) => username, flexible: true },
  { title: 'REQUESTS', cell: ({ requests }) => String(requests) },
  { title: 'USED', cell: ({ used }) => used.join(' ') || '-', flexible: true },
  {
    title: 'NEVER USED',
    cell: ({ unused }) => unused.join(' ') || '-',
    colour: ({ unused }) => (unused.length === 0 ? undefined : 'yellow'),
    flexible: true,
  },
];

/** How far back, for review and shrink alike. */
export const unusedForOption = {
  'unused-for': {
    value: 'DURATION',
    help: 'A scope counts as unused when no route has asked for it for so long; 60d unless told',
  },
} as const;

export const reviewTokens: Action = {
  verb: 'review',
  summary: 'Say which of their scopes active tokens used on routes, and which they never did',
  options: {
    ...unusedForOption,
    org: { value: 'ORG', help: 'Only those of an organisation, by slug or id' },
    user: { value: 'USER', help: 'Only those of a user, by id or username' },
    ...listingOptions,
  },
  examples: ['wayleave token review', 'wayleave token review --org acme --unused-for 30d'],
  run: async (context) => {
    const { org, user, 'unused-for': since } = context.input.values;
    const owner = user === undefined ? undefined : await findOwner(context.client, user, context.input);
    if (owner?.kind === 'failed') return owner;
    return showListing(context, {
      path: ['usage', 'scopes'],
      filter: { organization: org, user_id: owner?.body, since },
      shape: scopeUseShape,
      columns,
      items: 'active tokens',
    });
  },
};
