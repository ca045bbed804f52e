import type { Overview } from '../api/calls.ts';
import { useCall } from '../api/use-call.ts';
import { Answered } from '../components/listing.tsx';
import { Page, Section } from '../components/page.tsx';
import { PlatformOverview } from '../components/platform-overview.tsx';
import { UsageChart } from '../components/usage-chart.tsx';
import { href } from '../router.ts';
import { useSession } from '../session.ts';

/** The organisation at a glance and, for the platform's admins, the nodes and what they run by. */
export function OverviewPage() {
  const { me, organization } = useSession();
  const overview = useCall('GET /organizations/{org}/overview', { params: { org: organization } });
  return (
    <Page title="Overview" lead={`${organization} at a glance.`}>
      <Answered loaded={overview}>
        {(found) => (
          <>
            <Tokens overview={found} />
            {found.requests !== null && (
              <Section title="Requests in the last 24 hours">
                <UsageChart bars={found.requests} />
              </Section>
            )}
          </>
        )}
      </Answered>
      {me.platform && <PlatformOverview />}
    </Page>
  );
}

type Count = Overview['tokens']['active'];

function Tokens({ overview: { tokens, expiring } }: { readonly overview: Overview }) {
  const { organization } = useSession();
  const list = (query: Readonly<Record<string, string>>): string => href(['o', organization, 'tokens'], query);
  return (
    <ul class="figures" role="list">
      <Figure title="Active tokens" count={tokens.active} to={list({ state: 'active' })} />
      <Figure
        title="Expire within 7 days"
        count={expiring.within_7_days}
        to={list({ state: 'active', within: '7', sort: 'expires_at' })}
        isWarning={expiring.within_7_days.count > 0}
      />
      <Figure
        title="Expire within 30 days"
        count={expiring.within_30_days}
        to={list({ state: 'active', within: '30', sort: 'expires_at' })}
      />
      <Figure title="Disabled" count={tokens.disabled} to={list({ state: 'disabled' })} />
      <Figure title="Expired" count={tokens.expired} to={list({ state: 'expired' })} />
      <Figure title="Revoked" count={tokens.revoked} to={list({ state: 'revoked' })} />
    </ul>
  );
}

interface FigureProps {
  readonly title: string;
  readonly count: Count;
  readonly to: string;
  readonly isWarning?: boolean;
}

function Figure({ title, count: { count, more }, to, isWarning = false }: FigureProps) {
  return (
    <li class="card figure">
      <a href={to}>
        <span class={isWarning ? 'figure-number figure-warning' : 'figure-number'}>
          {count.toLocaleString('en-GB')}
          {more && '+'}
        </span>
        <span>{title}</span>
      </a>
    </li>
  );
}
