import type { TokenAction } from '../../src/admin-api/ports/tokens.ts';
import type { TokenState } from '../../src/core/token-record.ts';
import { newToken, type Issued, type Node } from './fixture.ts';

type Result = TokenState | 'gone' | 'not_possible';

/** What each action does to a token in each state. */
const results: Record<TokenState, Record<TokenAction, Result>> = {
  active: { expire: 'expired', disable: 'disabled', enable: 'active', revoke: 'revoked', delete: 'gone' },
  disabled: { expire: 'expired', disable: 'disabled', enable: 'active', revoke: 'revoked', delete: 'gone' },
  expired: { expire: 'expired', disable: 'not_possible', enable: 'not_possible', revoke: 'revoked', delete: 'gone' },
  revoked: {
    expire: 'not_possible',
    disable: 'not_possible',
    enable: 'not_possible',
    revoke: 'revoked',
    delete: 'gone',
  },
};

export const stateFixtures = (Object.keys(results) as TokenState[]).flatMap((from) =>
  (Object.keys(results[from]) as TokenAction[]).map((action) => ({ from, action, to: results[from][action] })),
);

const wayTo: Record<TokenState, TokenAction | undefined> = {
  active: undefined,
  disabled: 'disable',
  expired: 'expire',
  revoked: 'revoke',
};

/** A token that has come into a state. */
export async function tokenIn(node: Node, userId: string, state: TokenState): Promise<Issued> {
  const issued = await newToken(node, userId);
  const action = wayTo[state];
  if (action !== undefined) await node.tokens.act(issued.token.id, action, userId);
  return issued;
}
