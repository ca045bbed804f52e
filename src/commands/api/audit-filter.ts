import type { Input, OptionTable } from '../terminal/options.ts';

/** Options that choose rows of the audit log. */
export const auditFilterOptions = {
  org: { value: 'ORG', help: 'Only those of an organisation, by slug or id' },
  actor: { value: 'USER_ID', help: 'Only what a user did' },
  target: { value: 'ID', help: 'Only what was done to a token, user or other thing' },
  action: { value: 'ACTION', help: 'Only one kind of change, such as token.revoke' },
  'request-id': { value: 'ID', help: 'Only what one call did' },
  since: { value: 'TIME', help: 'From when, such as 2030-01-31T12:00:00Z' },
  until: { value: 'TIME', help: 'Before when' },
} as const satisfies OptionTable;

/** The query for them. */
export function auditFilter({ values }: Input): Readonly<Record<string, string | undefined>> {
  return {
    organization: values['org'],
    actor: values['actor'],
    target: values['target'],
    action: values['action'],
    request_id: values['request-id'],
    since: values['since'],
    until: values['until'],
  };
}
