import { nounCommand } from './api/noun.ts';
import { projectActions } from './api/project-actions.ts';

/** `wayleave project` */
export const projectCommand = nounCommand({
  name: 'project',
  summary: 'Find the projects of gateway.yaml and what their roles give',
  actions: projectActions,
});
