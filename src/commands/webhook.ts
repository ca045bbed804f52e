import { nounCommand } from './api/noun.ts';
import { webhookActions } from './api/webhook-actions.ts';

/** `wayleave webhook` */
export const webhookCommand = nounCommand({
  name: 'webhook',
  summary: 'List what the targets of webhooks were told',
  actions: webhookActions,
});
