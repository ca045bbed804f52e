import { nounCommand } from './api/noun.ts';
import { nodeActions } from './api/node-actions.ts';

/** `wayleave node` */
export const nodeCommand = nounCommand({
  name: 'node',
  summary: 'List the gateways that serve from the store',
  actions: nodeActions,
});
