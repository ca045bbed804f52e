import { callAndShow, type Action } from './action.ts';
import { findOwner } from './find-user.ts';
import { listingOptions, showListing } from './listing.ts';
import { tokenShape } from './shapes.ts';
import { tokenColumns, tokenFields } from './token-view.ts';

export const listTokens: Action = {
  verb: 'list',
  aliases: ['ls'],
  summary: 'List tokens, newest first; never their secrets',
  options: {
    state: { value: 'STATE', help: 'Only active, disabled, expired or revoked ones' },
    org: { value: 'ORG', help: 'Only those of an organisation, by slug or id' },
    user: { value: 'USER', help: 'Only those of a user, by id or username' },
    search: { value: 'TEXT', help: "Only those with the text in their name or their owner's username" },
    ...listingOptions,
  },
  examples: [
    'wayleave token list',
    'wayleave token list --state expired --org acme',
    'wayleave token list --json --limit 200',
  ],
  run: async (context) => {
    const { state, org, user, search } = context.input.values;
    const owner = user === undefined ? undefined : await findOwner(context.client, user, context.input);
    if (owner?.kind === 'failed') return owner;
    return showListing(context, {
      path: ['tokens'],
      filter: { state, organization: org, user_id: owner?.body, search },
      shape: tokenShape,
      columns: tokenColumns(context.nowMs),
      items: 'tokens',
    });
  },
};

export const showToken: Action = {
  verb: 'show',
  aliases: ['get'],
  summary: 'Show one token',
  takes: ['TOKEN_ID'],
  examples: ['wayleave token show tok_01jd3k', 'wayleave token show tok_01jd3k --json'],
  run: ({ input, client, nowMs }) =>
    callAndShow(client, { method: 'GET', path: ['tokens', input.positionals[0] ?? ''] }, tokenShape, (token) => ({
      text: tokenFields(token, nowMs),
    })),
};
