import { auditActions } from './api/audit-actions.ts';
import { nounCommand } from './api/noun.ts';

/** `wayleave audit` */
export const auditCommand = nounCommand({
  name: 'audit',
  summary: 'Read, check and export the record of who changed what',
  actions: auditActions,
});
