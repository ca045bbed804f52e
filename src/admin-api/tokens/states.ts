import type { Token } from '../../core/directory.ts';
import type { Refusal } from '../http/problem-response.ts';
import type { Outdated } from '../ports/changes.ts';
import type { TokenAction } from '../ports/tokens.ts';

type Asked = TokenAction | 'edit' | 'rotate';

/** Why the state of a token does not permit what was asked. */
export function notPossible(token: Token, action: Asked): Refusal<'conflict'> {
  return { code: 'conflict', detail: `The token ${token.id} ${reasons[token.state]}, so ${effects[action]}.` };
}

const reasons: Readonly<Record<Token['state'], string>> = {
  active: 'is active',
  disabled: 'is disabled',
  expired: 'has expired',
  revoked: 'is revoked, and that is final',
};

const effects: Readonly<Record<Asked, string>> = {
  edit: 'it cannot be edited; make a new one',
  rotate: 'it cannot be rotated; make a new one',
  enable: 'it cannot be enabled; make a new one',
  disable: 'there is nothing to disable',
  expire: 'it cannot be expired',
  revoke: 'it cannot be revoked',
  delete: 'it cannot be deleted',
};

const attemptsMax = 5;

/**
 * Decides and changes, again as long as somebody else changed the token between the two: what was decided on one state
 * of a token is never done to another.
 */
export async function untilSettled<Outcome extends { readonly kind: string }>(
  attempt: () => Promise<Outcome | Outdated>,
): Promise<Exclude<Outcome, Outdated> | { readonly kind: 'refused'; readonly problem: Refusal<'conflict'> }> {
  for (let attempts = 0; attempts < attemptsMax; attempts++) {
    const outcome = await attempt();
    if (outcome.kind !== 'outdated') return outcome as Exclude<Outcome, Outdated>;
  }
  return {
    kind: 'refused',
    problem: { code: 'conflict', detail: 'The token is being changed by others at this moment; try again.' },
  };
}
