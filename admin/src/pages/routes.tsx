import type { Route } from '../api/calls.ts';
import { useCall } from '../api/use-call.ts';
import { DataTable, type Column } from '../components/data-table.tsx';
import { ExplainForm } from '../components/explain-form.tsx';
import { Answered } from '../components/listing.tsx';
import { Page, Section } from '../components/page.tsx';
import { ReachNote } from '../components/reach-note.tsx';
import { ScopeList } from '../components/scope-list.tsx';
import { requirementsOf } from '../reach.ts';
import { useSession } from '../session.ts';

const columns: readonly Column<Route>[] = [
  {
    title: 'Route',
    cell: ({ name, line }) => (
      <>
        {name}
        <span class="below quiet">line {line}</span>
      </>
    ),
  },
  {
    title: 'Matches',
    cell: ({ host, path, methods }) => (
      <>
        <code>{path}</code>
        <span class="below quiet">
          {methods === null ? 'any method' : methods.join(', ')}
          {host !== null && ` on ${host}`}
        </span>
      </>
    ),
  },
  { title: 'Asks for', cell: (route) => <Access route={route} /> },
  { title: 'Upstream', cell: ({ upstream }) => <span class="word">{upstream}</span> },
];

/** The routes in force, and why a request is let through or not. */
export function RoutesPage() {
  const { me } = useSession();
  const loaded = useCall('GET /routes', {});
  return (
    <Page title="Routes" lead="In the order in which they win.">
      <Answered loaded={loaded}>
        {({ items, file, revision }) => (
          <>
            <p class="quiet">
              From <code>{file}</code>, revision <code>{revision}</code>
            </p>
            <DataTable
              caption="Routes in force"
              columns={columns}
              rows={items}
              keyOf={({ name, host }) => `${name} ${host}`}
            />
          </>
        )}
      </Answered>
      {me.actor === null ? (
        <Section title="Explain a request">
          <ExplainForm />
        </Section>
      ) : (
        <Section title={`What ${me.subject.username} may do now`}>
          <ScopeList scopes={me.scopes} />
          <ReachNote scopes={new Set(me.scopes)} />
        </Section>
      )}
    </Page>
  );
}

function Access({ route }: { readonly route: Route }) {
  const { access, kinds, organizations } = route;
  if (access === 'public') return <>Nothing: it is public</>;
  return (
    <>
      {access === 'authenticated' && 'Any valid token'}
      {requirementsOf(route).map(({ methods, all, any }) => (
        <span key={methods} class="below">
          {methods}: {all.length > 0 && <code>{all.join(' and ')}</code>}
          {all.length > 0 && any.length > 0 && ' and '}
          {any.length > 0 && (
            <>
              one of <code>{any.join(', ')}</code>
            </>
          )}
        </span>
      ))}
      {kinds !== null && <span class="below quiet">{kinds.join(', ')} users only</span>}
      {organizations !== null && <span class="below quiet">{organizations.join(', ')} only</span>}
    </>
  );
}
