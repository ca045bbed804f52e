import { z } from 'zod';
import { callAndShow, refused, type Action, type ActionContext, type ActionOutcome } from './action.ts';
import { receiptText } from './receipt.ts';
import { auditShape, pageOf, receiptShape, tokenShape } from './shapes.ts';
import { scopeUseShape, unusedForOption, type ScopeUseAnswer } from './token-review.ts';

const changedShape = z.looseObject({ token: tokenShape, receipt: receiptShape.optional() });
const scopesShape = z.looseObject({ scopes: z.array(z.string()) });

export const shrinkToken: Action = {
  verb: 'shrink',
  summary: 'Take from a token the scopes that it does not use, or give back what the last shrinking took',
  takes: ['TOKEN_ID'],
  options: {
    'to-used': { help: 'Leave it the scopes that routes have asked of it, and those of the admin API' },
    undo: { help: 'Give back what the last narrowing took, if nothing else has changed its scopes since' },
    ...unusedForOption,
  },
  examples: [
    'wayleave token shrink tok_01jd3k --to-used',
    'wayleave token shrink tok_01jd3k --to-used --unused-for 30d',
    'wayleave token shrink tok_01jd3k --undo',
  ],
  run: (context) => {
    const { switches } = context.input;
    if (switches.has('to-used') === switches.has('undo')) return Promise.resolve(refused('say --to-used or --undo'));
    return switches.has('undo') ? undo(context) : shrink(context);
  },
};

async function shrink(context: ActionContext): Promise<ActionOutcome> {
  const { input, client } = context;
  const id = input.positionals[0] ?? '';
  const query = { token_id: id, since: input.values['unused-for'] };
  const page = await client.call({ method: 'GET', path: ['usage', 'scopes'], query }, pageOf(scopeUseShape));
  if (page.kind === 'failed') return page;
  const [use] = page.body.items;
  if (use === undefined) return refused(`there is no active token ${id} that you may see`);
  const { used, unused, uncounted, name } = use;
  if (unused.length === 0) return refused(`"${name}" uses every scope that it has; there is nothing to take`);
  const kept = [...used, ...uncounted];
  if (kept.length === 0) return refused(neverUsed(use));
  return setScopes(context, kept, [
    `taken: ${unused.join(' ')}`,
    `to undo it, with a token that may give them: wayleave token shrink ${id} --undo`,
  ]);
}

function neverUsed({ name, token_id: id }: ScopeUseAnswer): string {
  return `"${name}" used none of its scopes in that time; if nobody needs it: wayleave token expire ${id}`;
}

/** What the audit log says was there before the last change of scopes, which must have been a narrowing. */
async function undo(context: ActionContext): Promise<ActionOutcome> {
  const { input, client } = context;
  const id = input.positionals[0] ?? '';
  const token = await client.call({ method: 'GET', path: ['tokens', id] }, tokenShape);
  if (token.kind === 'failed') return token;
  const query = { target: id, action: 'token.edit', limit: '50' };
  const page = await client.call({ method: 'GET', path: ['audit'], query }, pageOf(auditShape));
  if (page.kind === 'failed') return page;
  const edits = page.body.items.flatMap(({ before, after }) => {
    const [old, fresh] = [scopesShape.safeParse(before), scopesShape.safeParse(after)];
    return old.success && fresh.success ? [{ before: old.data.scopes, after: fresh.data.scopes }] : [];
  });
  const [last] = edits;
  const narrowed = last !== undefined && last.after.every((scope) => last.before.includes(scope));
  if (!narrowed)
    return refused(`the last change of "${token.body.name}" took no scope from it; there is nothing to give back`);
  const isCurrent =
    last.after.length === token.body.scopes.length && last.after.every((scope) => token.body.scopes.includes(scope));
  if (!isCurrent)
    return refused(`the scopes of "${token.body.name}" are not what the last change left; edit them by hand`);
  const given = last.before.filter((scope) => !last.after.includes(scope));
  return setScopes(context, last.before, [`given back: ${given.join(' ')}`]);
}

function setScopes(
  { client, input }: ActionContext,
  scopes: readonly string[],
  notes: readonly string[],
): Promise<ActionOutcome> {
  const call = { method: 'PATCH', path: ['tokens', input.positionals[0] ?? ''], body: { scopes } } as const;
  return callAndShow(client, call, changedShape, ({ token, receipt }) => ({
    notes: [
      `token "${token.name}" (${token.id}) is changed; its scopes are ${token.scopes.join(' ')}`,
      ...notes,
      ...(receipt === undefined ? [] : [receiptText(receipt)]),
    ],
  }));
}
