import type { Token } from '../../core/directory.ts';
import type { Refusal } from '../http/problem-response.ts';
import type { TokenAction } from '../ports.ts';

/** Why the state of a token does not permit what was asked. */
export function notPossible(token: Token, action: TokenAction | 'edit'): Refusal<'conflict'> {
  return { code: 'conflict', detail: `The token ${token.id} ${reasons[token.state]}, so ${effects[action]}.` };
}

const reasons: Readonly<Record<Token['state'], string>> = {
  active: 'is active',
  disabled: 'is disabled',
  expired: 'has expired',
  revoked: 'is revoked, and that is final',
};

const effects: Readonly<Record<TokenAction | 'edit', string>> = {
  edit: 'it cannot be edited; make a new one',
  enable: 'it cannot be enabled; make a new one',
  disable: 'there is nothing to disable',
  expire: 'it cannot be expired',
  revoke: 'it cannot be revoked',
  delete: 'it cannot be deleted',
};
