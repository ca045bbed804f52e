import type { TokenAction } from '../admin-api/ports/tokens.ts';
import type { TokenState } from '../core/token-record.ts';
import { unreachable } from '../lib/assert.ts';

/** What an action means for a token: a change, nothing because it is so already, or a contradiction. */
export type Transition = 'change' | 'nothing' | 'not_possible';

/** Judges an action by the state the token is in. Revoked is final; what has expired can only be revoked or deleted. */
export function transition(state: TokenState, action: TokenAction): Transition {
  switch (action) {
    case 'delete':
      return 'change';
    case 'revoke':
      return state === 'revoked' ? 'nothing' : 'change';
    case 'expire':
      if (state === 'revoked') return 'not_possible';
      return state === 'expired' ? 'nothing' : 'change';
    case 'disable':
      if (isEnded(state)) return 'not_possible';
      return state === 'disabled' ? 'nothing' : 'change';
    case 'enable':
      if (isEnded(state)) return 'not_possible';
      return state === 'active' ? 'nothing' : 'change';
    default:
      return unreachable(action);
  }
}

/** Says whether a token will never be active again. */
export function isEnded(state: TokenState): boolean {
  return state === 'revoked' || state === 'expired';
}
