import { nounCommand } from './api/noun.ts';
import { organizationActions } from './api/organization-actions.ts';

/** `wayleave org` */
export const organizationCommand = nounCommand({
  name: 'org',
  summary: 'Add, list, change, suspend and resume organisations',
  actions: organizationActions,
});
