import type { WebhookDelivery } from '../api/calls.ts';
import { useList } from '../api/use-call.ts';
import { DataTable, type Column } from '../components/data-table.tsx';
import { Instant } from '../components/instant.tsx';
import { Listing } from '../components/listing.tsx';
import { Page } from '../components/page.tsx';
import { Parts } from '../components/parts.tsx';
import { StateLabel } from '../components/state-label.tsx';
import { Tabs } from '../components/tabs.tsx';
import { usePlace } from '../router.ts';

const tabs = [
  ['dead', 'Given up'],
  ['pending', 'Waiting'],
  ['delivered', 'Delivered'],
] as const satisfies readonly (readonly [WebhookDelivery['state'], string])[];

const columns: readonly Column<WebhookDelivery>[] = [
  {
    title: 'Event',
    cell: ({ type, event_id: id }) => (
      <>
        <Parts of={type} />
        <span class="below quiet">
          <code>{id}</code>
        </span>
      </>
    ),
  },
  { title: 'Target', cell: ({ target }) => <span class="word">{target}</span> },
  { title: 'State', cell: ({ state }) => <StateLabel state={state} /> },
  { title: 'Attempts', cell: ({ attempts }) => attempts },
  {
    title: 'Last answer',
    cell: ({ last_attempt_at: at, last_status: status, last_error: error }) =>
      at === null ? (
        <span class="quiet">None yet</span>
      ) : (
        <>
          <Instant at={at} />
          <span class="below quiet">{error ?? status}</span>
        </>
      ),
  },
  { title: 'Next attempt', cell: ({ next_attempt_at: at }) => (at === null ? '' : <Instant at={at} />) },
];

/** What targets of webhooks were told, and what they were not. */
export function WebhooksPage() {
  const { query } = usePlace();
  const [state] = tabs.find(([one]) => one === query['state']) ?? tabs[0];
  const list = useList('GET /webhooks/deliveries', { query: { state } });
  return (
    <Page title="Webhooks" lead="What the targets of gateway.yaml were told in the last 30 days.">
      <Tabs label="Deliveries by state" tabs={tabs} current={state} path={['webhooks']} />
      <Listing list={list} empty={<Empty state={state} />}>
        {(items) => <DataTable caption="Deliveries" columns={columns} rows={items} keyOf={({ id }) => id} />}
      </Listing>
    </Page>
  );
}

function Empty({ state }: { readonly state: WebhookDelivery['state'] }) {
  if (state === 'dead') return <p>No delivery was given up.</p>;
  if (state === 'pending') return <p>Nothing waits to be delivered.</p>;
  return (
    <p>
      Nothing was delivered yet. Name a target under <code>webhooks</code> in gateway.yaml to be told of what happens.
    </p>
  );
}
