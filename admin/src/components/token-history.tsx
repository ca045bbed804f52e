import type { Token } from '../api/calls.ts';
import { useList } from '../api/use-call.ts';
import { AuditTable } from './audit-table.tsx';
import { Listing } from './listing.tsx';
import { Section } from './page.tsx';

/** What has been done to a token. */
export function TokenHistory({ token }: { readonly token: Token }) {
  const { id: target, organization_id: organization } = token;
  const list = useList('GET /audit', { query: { organization, target, limit: '20' } });
  return (
    <Section title="History">
      <Listing list={list} empty={<p>The audit log has nothing on it.</p>}>
        {(items) => <AuditTable entries={items} />}
      </Listing>
    </Section>
  );
}
