import { callAndShow, refused, type Action, type ActionContext, type ActionOutcome } from './action.ts';
import { receiptText } from './receipt.ts';
import { changedTokenShape } from './shapes.ts';
import { changeTokens } from './token-bulk.ts';
import { isFiltered, tokenFilterOptions } from './token-filter.ts';
import type { Input } from '../terminal/options.ts';

export const expireToken: Action = {
  verb: 'expire',
  summary: 'Let a token, or all of a filter, end now; they stay listed as expired',
  takes: ['[TOKEN_ID]'],
  options: { ...tokenFilterOptions, 'dry-run': { help: 'With a filter: only show which would be ended' } },
  examples: [
    'wayleave token expire tok_01jd3k',
    'wayleave token expire --unused-for 90d --dry-run',
    'wayleave token expire --org acme --user ci-bot --yes',
  ],
  warning: (input) => {
    if (input.switches.has('dry-run') || !isMeant(input)) return undefined;
    const what = input.positionals[0] ?? 'every active or disabled token of the filter';
    return `This will expire ${what} at once, which can't be undone.`;
  },
  run: (context) => {
    const { input } = context;
    if (!isMeant(input))
      return Promise.resolve(refused('give a TOKEN_ID, or a filter such as --unused-for 90d; not both'));
    return input.positionals[0] === undefined
      ? changeTokens(context, 'expire', 'ended')
      : expireOne(context, input.positionals[0]);
  },
};

/** Either a token or a filter, or nobody knows what is meant. */
function isMeant(input: Input): boolean {
  const { positionals, switches } = input;
  return positionals.length === 0 ? isFiltered(input) : !isFiltered(input) && !switches.has('dry-run');
}

function expireOne({ client }: ActionContext, id: string): Promise<ActionOutcome> {
  return callAndShow(
    client,
    { method: 'POST', path: ['tokens', id, 'expire'] },
    changedTokenShape,
    ({ token, receipt }) => ({
      notes: [
        `token "${token.name}" (${token.id}) has expired`,
        ...(receipt === undefined ? [] : [receiptText(receipt)]),
      ],
    }),
  );
}
