import type { Node } from '../api/calls.ts';
import { useCall } from '../api/use-call.ts';
import { DataTable, type Column } from './data-table.tsx';
import { Instant } from './instant.tsx';
import { Answered } from './listing.tsx';
import { Section } from './page.tsx';
import { ReloadConfiguration } from './reload-configuration.tsx';
import { StateLabel } from './state-label.tsx';

const nodeColumns: readonly Column<Node>[] = [
  { title: 'Node', cell: ({ name }) => name },
  { title: 'State', cell: ({ state }) => <StateLabel state={state} /> },
  { title: 'Proxy', cell: ({ address }) => <code>{address}</code> },
  { title: 'Revision', cell: ({ revision }) => <code>{revision}</code> },
  { title: 'Version', cell: ({ version }) => version },
  { title: 'Since', cell: ({ started_at: at }) => <Instant at={at} /> },
];

/** The nodes and what they run by, for the platform's admins. */
export function PlatformOverview() {
  const nodes = useCall('GET /nodes', {});
  const configuration = useCall('GET /config', {});
  return (
    <>
      <Section title="Nodes">
        <Answered loaded={nodes}>
          {({ items }) => <DataTable caption="Nodes" columns={nodeColumns} rows={items} keyOf={({ id }) => id} />}
        </Answered>
      </Section>
      <Section title="Configuration" actions={<ReloadConfiguration onDone={configuration.reload} />}>
        <Answered loaded={configuration}>
          {({ file, revision, loaded_at: at, needs_restart: waiting, last_attempt: last }) => (
            <dl class="facts">
              <dt>File</dt>
              <dd>
                <code>{file}</code>
              </dd>
              <dt>Revision in force</dt>
              <dd>
                <code>{revision}</code>, since <Instant at={at} />
              </dd>
              <dt>Last reading</dt>
              <dd>{last.failure ?? 'The file on disk is what is in force.'}</dd>
              {waiting.length > 0 && (
                <>
                  <dt>Waits for a restart</dt>
                  <dd>{waiting.join(', ')}</dd>
                </>
              )}
            </dl>
          )}
        </Answered>
      </Section>
    </>
  );
}
