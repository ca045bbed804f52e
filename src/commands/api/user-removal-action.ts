import type { Action } from './action.ts';
import { callAndShow } from './action.ts';
import { organizationOption } from './organization-option.ts';
import { receiptText } from './receipt.ts';
import { changedUserShape, userPath, type UserFlavour } from './user-path.ts';

/** `delete` of people and service users. */
export function deleteUser({ noun, called, exampleName }: UserFlavour): Action {
  return {
    verb: 'delete',
    aliases: ['rm'],
    summary: `Delete a ${called}: its tokens are revoked, and its username is never given again`,
    takes: ['USER'],
    options: organizationOption,
    examples: [
      `wayleave ${noun} delete ${exampleName} --org acme`,
      `wayleave ${noun} delete ${exampleName} --org acme --yes`,
    ],
    warning: (input) => `This deletes ${input.positionals[0]} for good and revokes every token of it.`,
    run: async (context) => {
      const path = await userPath(context);
      if (path.kind === 'failed') return path;
      const call = { method: 'DELETE', path: path.body } as const;
      return callAndShow(context.client, call, changedUserShape, ({ user, receipt }) => ({
        notes: [`${user.username} is deleted`, ...(receipt === undefined ? [] : [receiptText(receipt)])],
      }));
    },
  };
}
