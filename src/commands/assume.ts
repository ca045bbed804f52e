import { assumeActions } from './api/assume-actions.ts';
import { nounCommand } from './api/noun.ts';

/** `wayleave assume` */
export const assumeCommand = nounCommand({
  name: 'assume',
  summary: 'Act as a user of another organisation, by an assume-user token',
  actions: assumeActions,
});
