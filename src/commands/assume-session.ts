import { assumeSessionActions } from './api/assume-session-actions.ts';
import { nounCommand } from './api/noun.ts';

/** `wayleave assume-session` */
export const assumeSessionCommand = nounCommand({
  name: 'assume-session',
  summary: 'See and end the sessions in which others act as a user of yours',
  actions: assumeSessionActions,
});
