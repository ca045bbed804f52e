import { z } from 'zod';
import { callAndShow, type ActionContext, type ActionOutcome } from './action.ts';
import { receiptText } from './receipt.ts';
import { receiptShape, tokenShape } from './shapes.ts';
import { tokenFilter } from './token-filter.ts';
import { tokenColumns } from './token-view.ts';
import { renderTable } from '../terminal/table.ts';

const answerShape = z.looseObject({
  tokens: z.array(tokenShape),
  more: z.boolean(),
  receipt: receiptShape.optional(),
});

/**
 * Does something to the tokens of a filter, or with `--dry-run` shows to which it would.
 * @param verb the last segment of the call's path
 * @param done what has become of them: `3 tokens <done>`
 * @param criteria what the filter has beside the common options
 */
export async function changeTokens(
  { input, client, nowMs, look }: ActionContext,
  verb: 'expire' | 'prune',
  done: string,
  criteria: Readonly<Record<string, string | undefined>> = {},
): Promise<ActionOutcome> {
  const filter = await tokenFilter(client, input);
  if (filter.kind === 'failed') return filter;
  const isDry = input.switches.has('dry-run');
  const review = input.switches.has('review') ? true : undefined;
  const body = { ...filter.body, ...criteria, review, dry_run: isDry };
  return callAndShow(client, { method: 'POST', path: ['tokens', verb], body }, answerShape, (answer) => {
    const { tokens, more, receipt } = answer;
    return {
      text: tokens.length === 0 ? '' : renderTable(tokenColumns(nowMs), tokens, look),
      notes: [
        `${tokens.length} ${tokens.length === 1 ? 'token' : 'tokens'} ${isDry ? `would be ${done}` : done}`,
        ...(more ? [isDry ? 'there are more than these' : 'there are more: say it again'] : []),
        ...(receipt === undefined ? [] : [receiptText(receipt)]),
      ],
    };
  });
}
