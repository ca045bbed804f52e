import type { AssumeSessionReport } from '../api/calls.ts';
import { useCall } from '../api/use-call.ts';
import { DataTable, type Column } from '../components/data-table.tsx';
import { Instant } from '../components/instant.tsx';
import { Answered } from '../components/listing.tsx';
import { Page, Section } from '../components/page.tsx';
import { endOfSession } from '../components/session-end.ts';
import { href } from '../router.ts';
import { useSession } from '../session.ts';

type RouteLine = AssumeSessionReport['routes'][number];

const columns: readonly Column<RouteLine>[] = [
  { title: 'Route', cell: ({ route, method }) => `${method} ${route}` },
  { title: 'Allowed', cell: ({ allowed }) => allowed.toLocaleString('en-GB') },
  { title: 'Refused', cell: ({ refused }) => refused.toLocaleString('en-GB') },
  { title: 'First', cell: ({ first_at: at }) => <Instant at={at} /> },
  { title: 'Last', cell: ({ last_at: at }) => <Instant at={at} /> },
];

/** What was done under a session of an assumed user. */
export function AssumeSessionPage({ id }: { readonly id: string }) {
  const { organization } = useSession();
  const loaded = useCall('GET /organizations/{org}/assume-sessions/{id}/report', { params: { org: organization, id } });
  const back = <a href={href(['o', organization, 'assume-tokens'])}>Back to the assume-user tokens</a>;
  return (
    <Page title="Report of an assumed session" lead={back}>
      <Answered loaded={loaded}>{(report) => <Report report={report} />}</Answered>
    </Page>
  );
}

function Report({ report }: { readonly report: AssumeSessionReport }) {
  const { session, calls, refused, is_final: isFinal, addresses, routes } = report;
  return (
    <>
      <Section title="Session">
        <dl class="facts">
          <dt>Who</dt>
          <dd>
            {session.actor.username} of {session.actor.organization}, as {session.subject.username}
          </dd>
          <dt>Why</dt>
          <dd>{session.reason ?? 'No reason was given'}</dd>
          <dt>Began</dt>
          <dd>
            <Instant at={session.started_at} withTime />
          </dd>
          <dt>{session.ended_at === null ? 'Ends' : 'Ended'}</dt>
          <dd>
            <Instant at={session.ended_at ?? session.expires_at} withTime />
            {session.end_reason !== null && ` (${endOfSession(session.end_reason)})`}
          </dd>
          <dt>Requests</dt>
          <dd>
            {calls.toLocaleString('en-GB')}
            {calls > 0 && `, ${refused === 0 ? 'none' : refused.toLocaleString('en-GB')} of them refused`}
            {!isFinal && ' so far'}
          </dd>
          <dt>From</dt>
          <dd>{addresses.length === 0 ? 'Nowhere yet' : addresses.map(({ address }) => address).join(', ')}</dd>
        </dl>
      </Section>
      <Section title="By route">
        {routes.length === 0 ? (
          <p>Nothing was asked.</p>
        ) : (
          <DataTable
            caption="By route"
            columns={columns}
            rows={routes}
            keyOf={({ route, method }) => `${method} ${route}`}
          />
        )}
      </Section>
    </>
  );
}
