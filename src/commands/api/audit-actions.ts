import type { Action } from './action.ts';
import { exportAudit } from './audit-export.ts';
import { verifyAudit } from './audit-verify.ts';
import { instantText } from './instant-text.ts';
import { listingOptions, showListing } from './listing.ts';
import { auditShape, type AuditAnswer } from './shapes.ts';
import type { Column } from '../terminal/table.ts';
import { auditFilter, auditFilterOptions } from './audit-filter.ts';

function columns(nowMs: number): readonly Column<AuditAnswer>[] {
  return [
    { title: 'WHEN', cell: ({ at }) => instantText(at, nowMs) },
    { title: 'ACTION', cell: ({ action }) => action },
    { title: 'BY', cell: ({ user_id: user, actor_id: actor, via }) => actor ?? user ?? via },
    { title: 'FROM', cell: ({ address }) => address ?? '-' },
    { title: 'TARGET', cell: ({ target }) => target.id },
    { title: 'NAME', cell: ({ target }) => target.name ?? '', flexible: true },
    { title: 'CHANGE', cell: changeText, flexible: true },
  ];
}

function changeText({ before, after }: AuditAnswer): string {
  if (before === null) return after === null ? '' : JSON.stringify(after);
  return after === null ? `was ${JSON.stringify(before)}` : `${JSON.stringify(before)} to ${JSON.stringify(after)}`;
}

const list: Action = {
  verb: 'list',
  aliases: ['ls'],
  summary: 'List what was changed, by whom and from where, newest first',
  options: { ...auditFilterOptions, ...listingOptions },
  examples: [
    'wayleave audit list',
    'wayleave audit list --action token.revoke --since 2030-01-01T00:00:00Z',
    'wayleave audit list --target tok_01jd3k --json',
  ],
  run: (context) =>
    showListing(context, {
      path: ['audit'],
      filter: auditFilter(context.input),
      shape: auditShape,
      columns: columns(context.nowMs),
      items: 'changes',
    }),
};

export const auditActions: readonly Action[] = [list, verifyAudit, exportAudit];
