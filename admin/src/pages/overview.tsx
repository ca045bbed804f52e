import type { Overview } from '../api/calls.ts';
import { useCall } from '../api/use-call.ts';
import { Answered } from '../components/listing.tsx';
import { Page, Section } from '../components/page.tsx';
import { PlatformOverview } from '../components/platform-overview.tsx';
import { UsageChart } from '../components/usage-chart.tsx';
import { href } from '../router.ts';
import { useMay, useSession } from '../session.ts';

/** The organisation at a glance and, for the platform's admins, the nodes and what they run by. */
export function OverviewPage() {
  const { me, organization } = useSession();
  const may = useMay();
  const overview = useCall('GET /organizations/{org}/overview', { params: { org: organization } });
  return (
    <Page title="Overview" lead={`${organization} at a glance.`}>
      <Answered loaded={overview}>
        {(found) => (
          <>
            {isNew(found) && may('wayleave:org:write') && <FirstSteps />}
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

function isNew({ tokens }: Overview): boolean {
  return Object.values(tokens).every(({ count }) => count === 0);
}

/** What to do in an organisation that has no token yet. */
function FirstSteps() {
  const { organization } = useSession();
  const page = (name: string): string => href(['o', organization, name]);
  return (
    <div class="note">
      <p class="note-title">Nothing calls through this gateway for {organization} yet</p>
      <p>
        Create a <a href={page('service-users')}>service user</a> for each machine or job, or add{' '}
        <a href={page('people')}>people</a>; give them roles under <a href={page('authorizations')}>Authorizations</a>;
        then create a token.
      </p>
    </div>
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
