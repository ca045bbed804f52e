import { z } from 'zod';
import { callAndShow, refused, type Action, type ActionContext, type ActionOutcome } from './action.ts';
import { receiptText } from './receipt.ts';
import { receiptShape, tokenShape } from './shapes.ts';
import { tokenFilter, tokenFilterOptions } from './token-filter.ts';
import { tokenColumns } from './token-view.ts';
import type { Input } from '../terminal/options.ts';
import { renderTable } from '../terminal/table.ts';

const oneShape = z.looseObject({ token: tokenShape, receipt: receiptShape.optional() });
const manyShape = z.looseObject({
  tokens: z.array(tokenShape),
  more: z.boolean(),
  receipt: receiptShape.optional(),
});

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
    return input.positionals[0] === undefined ? expireAll(context) : expireOne(context, input.positionals[0]);
  },
};

/** Either a token or a filter, or nobody knows what is meant. */
function isMeant({ positionals, values, switches }: Input): boolean {
  const isFilter = Object.keys(tokenFilterOptions).some((name) => values[name] !== undefined);
  return positionals.length === 0 ? isFilter : !isFilter && !switches.has('dry-run');
}

function expireOne({ client }: ActionContext, id: string): Promise<ActionOutcome> {
  return callAndShow(client, { method: 'POST', path: ['tokens', id, 'expire'] }, oneShape, ({ token, receipt }) => ({
    notes: [
      `token "${token.name}" (${token.id}) has expired`,
      ...(receipt === undefined ? [] : [receiptText(receipt)]),
    ],
  }));
}

async function expireAll({ input, client, nowMs, look }: ActionContext): Promise<ActionOutcome> {
  const filter = await tokenFilter(client, input);
  if (filter.kind === 'failed') return filter;
  const isDry = input.switches.has('dry-run');
  const body = { ...filter.body, dry_run: isDry };
  const call = { method: 'POST', path: ['tokens', 'expire'], body } as const;
  return callAndShow(client, call, manyShape, ({ tokens, more, receipt }) => ({
    text: tokens.length === 0 ? '' : renderTable(tokenColumns(nowMs), tokens, look),
    notes: [
      `${tokens.length} ${tokens.length === 1 ? 'token' : 'tokens'} ${isDry ? 'would be ended' : 'ended'}`,
      ...(more ? [isDry ? 'there are more than these' : 'there are more: say it again'] : []),
      ...(receipt === undefined ? [] : [receiptText(receipt)]),
    ],
  }));
}
