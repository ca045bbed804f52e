import { callAndShow, type Action } from './action.ts';
import { listingOptions, showListing } from './listing.ts';
import { tokenShape } from './shapes.ts';
import { tokenFilter, tokenFilterOptions } from './token-filter.ts';
import { tokenColumns, tokenFields } from './token-view.ts';

export const listTokens: Action = {
  verb: 'list',
  aliases: ['ls'],
  summary: 'List tokens, newest first unless told; never their secrets',
  options: {
    ...tokenFilterOptions,
    sort: {
      value: 'KEY',
      help: 'created_at, expires_at, last_used_at or name; with - in front descending; -created_at unless told',
    },
    ...listingOptions,
  },
  examples: [
    'wayleave token list',
    'wayleave token list --state expired --org acme',
    'wayleave token list --state active --unused-for 90d --sort last_used_at',
    'wayleave token list --expires-before 2030-01-31T00:00:00Z --sort expires_at',
    'wayleave token list --review --org acme',
    'wayleave token list --json --limit 200',
  ],
  run: async (context) => {
    const filter = await tokenFilter(context.client, context.input);
    if (filter.kind === 'failed') return filter;
    return showListing(context, {
      path: ['tokens'],
      filter: {
        ...filter.body,
        review: context.input.switches.has('review') ? 'true' : undefined,
        sort: context.input.values['sort'],
      },
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
