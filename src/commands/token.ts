import { nounCommand } from './api/noun.ts';
import { deleteToken, editToken, endingActions } from './api/token-change.ts';
import { createToken } from './api/token-create.ts';
import { listTokens, showToken } from './api/token-read.ts';

/** `wayleave token` */
export const tokenCommand = nounCommand({
  name: 'token',
  summary: 'Create, list, change and end tokens',
  actions: [createToken, listTokens, showToken, editToken, ...endingActions, deleteToken],
  later: ['rotate', 'review', 'shrink'],
});
