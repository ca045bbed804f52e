import { authorizationActions } from './api/authorization-actions.ts';
import { nounCommand } from './api/noun.ts';

/** `wayleave authorization` */
export const authorizationCommand = nounCommand({
  name: 'authorization',
  summary: 'Grant roles to users, list them and take them away',
  actions: authorizationActions,
});
