import { findOwner } from './api/find-user.ts';
import { listingOptions, showListing } from './api/listing.ts';
import { actionCommand } from './api/noun.ts';
import { usageShape, type UsageAnswer } from './api/shapes.ts';
import type { Column } from './terminal/table.ts';

const columns: readonly Column<UsageAnswer>[] = [
  { title: 'HOUR', cell: ({ hour }) => hour },
  { title: 'TOKEN', cell: ({ token_id: id }) => id },
  { title: 'ROUTE', cell: ({ route }) => route, flexible: true },
  { title: 'ALLOWED', cell: ({ allowed }) => String(allowed) },
  { title: 'REFUSED', cell: ({ refused }) => String(refused) },
  { title: 'SCOPES ASKED', cell: ({ scopes }) => scopes, flexible: true },
];

/** `wayleave usage` */
export const usageCommand = actionCommand({
  verb: 'usage',
  summary: 'Count the requests of tokens by route and hour, newest first',
  options: {
    'token-id': { value: 'TOKEN_ID', help: 'Only those of a token' },
    user: { value: 'USER', help: "Only those of a user's tokens, by id or username" },
    org: { value: 'ORG', help: 'Only those of an organisation, by slug or id' },
    from: { value: 'TIME', help: 'Since when, such as 2030-01-31T12:00:00Z; 24 hours ago unless told' },
    to: { value: 'TIME', help: 'Until when; now unless told' },
    ...listingOptions,
  },
  examples: [
    'wayleave usage',
    'wayleave usage --token-id tok_01jd3k --from 2030-01-01T00:00:00Z',
    'wayleave usage --json --limit 200',
  ],
  run: async (context) => {
    const { 'token-id': tokenId, user, org, from, to } = context.input.values;
    const owner = user === undefined ? undefined : await findOwner(context.client, user, context.input);
    if (owner?.kind === 'failed') return owner;
    return showListing(context, {
      path: ['usage'],
      filter: { token_id: tokenId, user_id: owner?.body, organization: org, from, to },
      shape: usageShape,
      columns,
      items: 'uses',
    });
  },
});
