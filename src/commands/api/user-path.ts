import { z } from 'zod';
import type { ActionContext } from './action.ts';
import type { Answer } from './client.ts';
import { findUserId } from './find-user.ts';
import { findOrganization } from './organization-option.ts';
import { receiptShape, userShape } from './shapes.ts';
import type { OptionTable } from '../terminal/options.ts';

/** People and service users have the same verbs; what differs is told here. */
export interface UserFlavour {
  /** The command: `user` or `service-user`. */
  readonly noun: string;
  readonly kind: 'human' | 'service';
  /** What one is called in a sentence, and several. */
  readonly called: string;
  readonly plural: string;
  readonly exampleName: string;
  /** Options of `edit` and `create` beside the common ones, named as the API names them but for `-`. */
  readonly details: OptionTable;
  /** More of them, of `create` alone. */
  readonly fixed: OptionTable;
}

export const changedUserShape = z.looseObject({ user: userShape, receipt: receiptShape.optional() });

/** The path of the user that the first argument names, by id or username. */
export async function userPath({ input, client }: ActionContext): Promise<Answer<string[]>> {
  const organization = await findOrganization(client, input);
  if (organization.kind === 'failed') return organization;
  const user = await findUserId(client, organization.body, input.positionals[0] ?? '');
  return user.kind === 'failed'
    ? user
    : { kind: 'answer', body: ['organizations', organization.body, 'users', user.body] };
}
