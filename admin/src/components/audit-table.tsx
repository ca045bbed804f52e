import type { AuditEntry } from '../api/calls.ts';
import { AuditDifference } from './audit-difference.tsx';
import { DataTable, type Column } from './data-table.tsx';
import { Instant } from './instant.tsx';
import { Parts } from './parts.tsx';
import { useUserNames } from './user-names.ts';

/** Rows of the audit log, each with what was before and after. */
export function AuditTable({ entries }: { readonly entries: readonly AuditEntry[] }) {
  const nameOf = useUserNames(entries.flatMap(({ user_id: user, actor_id: actor }) => [user, actor]));
  const columns: readonly Column<AuditEntry>[] = [
    {
      title: 'What',
      cell: ({ action, target }) => (
        <>
          <Parts of={action} />
          <span class="below quiet">{target.name ?? target.id}</span>
        </>
      ),
    },
    { title: 'When', cell: ({ at }) => <Instant at={at} withTime /> },
    { title: 'Who', cell: (entry) => <Who entry={entry} nameOf={nameOf} /> },
    { title: 'Before and after', cell: (entry) => <AuditDifference entry={entry} /> },
  ];
  return <DataTable caption="Audit log" columns={columns} rows={entries} keyOf={({ id }) => id} />;
}

function Who({ entry, nameOf }: { readonly entry: AuditEntry; readonly nameOf: (id: string) => string }) {
  const { user_id: user, actor_id: actor, address, via } = entry;
  return (
    <span class="who-did">
      {user === null ? `the gateway (${via})` : nameOf(user)}
      {actor !== null && <span class="below">really {nameOf(actor)}</span>}
      {address !== null && <span class="below quiet">from {address}</span>}
    </span>
  );
}
