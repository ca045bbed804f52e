import { callAndShow, refused, type Action, type ActionContext, type ActionOutcome } from './action.ts';
import type { ApiCall } from './client.ts';
import { receiptText } from './receipt.ts';
import { changedTokenShape, type TokenAnswer } from './shapes.ts';
import { readList } from '../terminal/options.ts';

export const editToken: Action = {
  verb: 'edit',
  summary: 'Change what a token may do or what it is for; its secret stays',
  takes: ['TOKEN_ID'],
  options: {
    scopes: { value: 'A,B', help: 'The scopes it has from now on, all of them' },
    purpose: { value: 'TEXT', help: 'What it is for' },
  },
  examples: [
    'wayleave token edit tok_01jd3k --scopes device:read',
    'wayleave token edit tok_01jd3k --purpose "nightly export"',
  ],
  run: async (context) => {
    const { scopes, purpose } = context.input.values;
    if (scopes === undefined && purpose === undefined)
      return refused('nothing to change: give --scopes, --purpose or both');
    const body = {
      ...(scopes !== undefined && { scopes: readList(scopes) }),
      ...(purpose !== undefined && { purpose }),
    };
    return change(context, { method: 'PATCH', path: tokenPath(context), body }, (token) => {
      return `token "${token.name}" (${token.id}) is changed; its scopes are ${token.scopes.join(' ')}`;
    });
  },
};

export const endingActions: readonly Action[] = [
  verbAction('disable', 'Stop a token for a while', 'is disabled'),
  verbAction('enable', 'Let a disabled token work again', 'is active'),
  verbAction('revoke', 'End a token for good; it stays listed as revoked', 'is revoked', "can't be undone"),
];

export const deleteToken: Action = {
  verb: 'delete',
  aliases: ['rm'],
  summary: 'End a token for good and take it from the lists',
  takes: ['TOKEN_ID'],
  examples: ['wayleave token delete tok_01jd3k', 'wayleave token delete tok_01jd3k --yes'],
  warning: (input) => `This ends ${input.positionals[0]} for good and takes it from the lists.`,
  run: (context) =>
    change(
      context,
      { method: 'DELETE', path: tokenPath(context) },
      (token) => `token "${token.name}" (${token.id}) is deleted`,
    ),
};

function verbAction(verb: string, summary: string, done: string, warning?: string): Action {
  return {
    verb,
    summary,
    takes: ['TOKEN_ID'],
    examples: [`wayleave token ${verb} tok_01jd3k`],
    ...(warning !== undefined && {
      warning: (input) => `This will ${verb} ${input.positionals[0]} at once, which ${warning}.`,
    }),
    run: (context) =>
      change(
        context,
        { method: 'POST', path: [...tokenPath(context), verb] },
        (token) => `token "${token.name}" (${token.id}) ${done}`,
      ),
  };
}

function change(context: ActionContext, call: ApiCall, note: (token: TokenAnswer) => string): Promise<ActionOutcome> {
  return callAndShow(context.client, call, changedTokenShape, ({ token, receipt }) => ({
    notes: [note(token), ...(receipt === undefined ? [] : [receiptText(receipt)])],
  }));
}

function tokenPath(context: ActionContext): string[] {
  return ['tokens', context.input.positionals[0] ?? ''];
}
