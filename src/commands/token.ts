import { nounCommand } from './api/noun.ts';
import { deleteToken, editToken, endingActions } from './api/token-change.ts';
import { tokenConnections } from './api/token-connections.ts';
import { createToken } from './api/token-create.ts';
import { expireToken } from './api/token-expire.ts';
import { pruneTokens } from './api/token-prune.ts';
import { listTokens, showToken } from './api/token-read.ts';
import { reviewTokens } from './api/token-review.ts';
import { rotateToken } from './api/token-rotate.ts';
import { shrinkToken } from './api/token-shrink.ts';

/** `wayleave token` */
export const tokenCommand = nounCommand({
  name: 'token',
  summary: 'Create, list, change and end tokens',
  actions: [
    createToken,
    listTokens,
    showToken,
    tokenConnections,
    reviewTokens,
    shrinkToken,
    editToken,
    rotateToken,
    expireToken,
    ...endingActions,
    deleteToken,
    pruneTokens,
  ],
});
