import { refused, type Action } from './action.ts';
import { auditFilter, auditFilterOptions } from './audit-filter.ts';

/** As much of the end as the last line can have. */
const endLength = 1000;

export const exportAudit: Action = {
  verb: 'export',
  summary: 'Write the audit log to standard output as JSON Lines; the last line signs those before it',
  options: auditFilterOptions,
  examples: ['wayleave audit export > audit.jsonl', 'wayleave audit export --org acme --since 2030-01-01T00:00:00Z'],
  run: async ({ input, client, write }) => {
    let end = '';
    const answer = await client.stream(
      { method: 'GET', path: ['audit', 'export'], query: auditFilter(input) },
      (text) => {
        end = (end + text).slice(-endLength);
        write(text);
      },
    );
    if (answer.kind === 'failed') return answer;
    const rows = /\n?\{"trailer":\{"rows":(\d+),"hmac":"[\w-]+"\}\}\n$/.exec(end)?.[1];
    if (rows === undefined) return refused('the export is not complete: its last line is missing; try again');
    // The lines are JSON already, with and without --json.
    return { kind: 'shown', body: undefined, text: '', notes: [`${rows} rows`] };
  },
};
