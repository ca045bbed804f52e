import type { Connection } from '../api/calls.ts';
import { useCall } from '../api/use-call.ts';
import { DataTable, type Column } from './data-table.tsx';
import { Instant } from './instant.tsx';
import { Answered } from './listing.tsx';
import { Section } from './page.tsx';

const columns: readonly Column<Connection>[] = [
  {
    title: 'Request',
    cell: ({ method, path }) => (
      <code>
        {method} {path}
      </code>
    ),
  },
  { title: 'Kind', cell: ({ kind }) => kind },
  { title: 'Route', cell: ({ route }) => <span class="word">{route}</span> },
  { title: 'From', cell: ({ remote_address: address }) => <span class="word">{address}</span> },
  { title: 'Since', cell: ({ since }) => <Instant at={since} /> },
];

/** What is under way with a token on the node that answers. */
export function TokenConnections({ tokenId }: { readonly tokenId: string }) {
  const loaded = useCall('GET /tokens/{id}/connections', { params: { id: tokenId } });
  const again = (
    <button type="button" onClick={loaded.reload}>
      Refresh
    </button>
  );
  return (
    <Section title="Open connections" actions={again}>
      <Answered loaded={loaded}>
        {({ items, total, node }) => (
          <>
            <p class="quiet">
              {total === 0 ? 'Nothing is under way' : `${total} under way`} on the node {node}.
            </p>
            {items.length > 0 && (
              <DataTable caption="Open connections" columns={columns} rows={items} keyOf={({ id }) => id} />
            )}
          </>
        )}
      </Answered>
    </Section>
  );
}
