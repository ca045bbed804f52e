import type { Action } from './action.ts';
import { changeTokens } from './token-bulk.ts';
import { tokenFilterOptions } from './token-filter.ts';

export const pruneTokens: Action = {
  verb: 'prune',
  summary: 'Take tokens that expired or were revoked long ago off the lists; the audit log keeps them',
  options: {
    'ended-for': { value: 'DURATION', help: 'Only those that ended so long ago, such as 90d' },
    ...tokenFilterOptions,
    'dry-run': { help: 'Only show which would be deleted' },
  },
  required: ['ended-for'],
  examples: [
    'wayleave token prune --ended-for 90d --dry-run',
    'wayleave token prune --ended-for 90d --org acme --yes',
    'wayleave token prune --ended-for 365d --state revoked --user ci-bot',
  ],
  warning: (input) =>
    input.switches.has('dry-run')
      ? undefined
      : `This will delete every token of the filter that ended ${input.values['ended-for']} ago or earlier, which can't be undone.`,
  run: (context) => changeTokens(context, 'prune', 'deleted', { ended_for: context.input.values['ended-for'] }),
};
