import { keyActions } from './api/key-actions.ts';
import { nounCommand } from './api/noun.ts';

/** `wayleave key` */
export const keyCommand = nounCommand({
  name: 'key',
  summary: 'The keys that sign assertions',
  actions: keyActions,
});
