import { assumeTokenActions } from './api/assume-token-actions.ts';
import { nounCommand } from './api/noun.ts';

/** `wayleave assume-token` */
export const assumeTokenCommand = nounCommand({
  name: 'assume-token',
  summary: 'Issue, list and end assume-user tokens, by which others act as a user of yours',
  actions: assumeTokenActions,
});
