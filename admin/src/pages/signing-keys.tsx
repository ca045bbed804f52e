import { useState } from 'preact/hooks';
import type { SigningKey } from '../api/calls.ts';
import { useAction, useList } from '../api/use-call.ts';
import { Confirm } from '../components/confirm.tsx';
import { DataTable, type Column } from '../components/data-table.tsx';
import { Checkbox } from '../components/field.tsx';
import { Instant } from '../components/instant.tsx';
import { Listing } from '../components/listing.tsx';
import { Page } from '../components/page.tsx';
import { StateLabel } from '../components/state-label.tsx';

/** The keys that sign what upstreams check a request by. */
export function SigningKeysPage() {
  const list = useList('GET /keys', {});
  const [isRotating, setRotating] = useState(false);
  const rotate = (
    <button type="button" class="primary" onClick={() => setRotating(true)}>
      Rotate
    </button>
  );
  return (
    <Page
      title="Signing keys"
      lead="They sign the assertion that upstreams get with each request; upstreams read their public halves at /.wayleave/jwks.json."
      actions={rotate}
    >
      <Listing list={list} empty={<p>There is no key yet. Rotate to make one.</p>}>
        {(items) => <Keys keys={items} reload={list.reload} />}
      </Listing>
      {isRotating && (
        <Rotate
          onClose={(isDone) => {
            setRotating(false);
            if (isDone) list.reload();
          }}
        />
      )}
    </Page>
  );
}

function Keys({ keys, reload }: { readonly keys: readonly SigningKey[]; readonly reload: () => void }) {
  const [asked, setAsked] = useState<SigningKey>();
  const columns: readonly Column<SigningKey>[] = [
    { title: 'Key', cell: ({ id }) => <code>{id}</code> },
    { title: 'Kind', cell: ({ algorithm }) => algorithm },
    { title: 'State', cell: ({ state }) => <StateLabel state={state} /> },
    { title: 'Signs from', cell: ({ signs_from: at }) => <Instant at={at} /> },
    { title: 'Leaves the set', cell: ({ gone_at: at }) => (at === null ? '' : <Instant at={at} />) },
    {
      title: 'Do',
      cell: (key) =>
        (key.state === 'published' || key.state === 'retired') && (
          <button type="button" class="danger" onClick={() => setAsked(key)}>
            Retire
          </button>
        ),
    },
  ];
  return (
    <>
      <DataTable caption="Signing keys" columns={columns} rows={keys} keyOf={({ id }) => id} />
      {asked !== undefined && (
        <Retire
          signingKey={asked}
          onClose={(isDone) => {
            setAsked(undefined);
            if (isDone) reload();
          }}
        />
      )}
    </>
  );
}

interface CloseProps {
  readonly onClose: (isDone: boolean) => void;
}

function Rotate({ onClose }: CloseProps) {
  const { busy, problem, run } = useAction();
  const [now, setNow] = useState(false);
  return (
    <Confirm
      title="Make the next signing key?"
      verb="Rotate"
      isDanger={now}
      busy={busy}
      problem={problem}
      act={() => run('POST /keys/rotate', { body: { now } })}
      onClose={onClose}
    >
      <p>
        It is published now, and signs in some minutes, when every upstream can know it. The one before stays known.
      </p>
      <Checkbox label="Let it sign at once, for one before it has leaked" checked={now} onChange={setNow} />
      {now && (
        <p class="note note-warn">
          Upstreams that keep the keys for a while, and do not ask for one that is new to them, refuse requests until
          they ask again.
        </p>
      )}
    </Confirm>
  );
}

function Retire({ signingKey: { id }, onClose }: CloseProps & { readonly signingKey: SigningKey }) {
  const { busy, problem, run } = useAction();
  return (
    <Confirm
      title="Take this key out of the set?"
      verb="Retire"
      busy={busy}
      problem={problem}
      act={() => run('POST /keys/{id}/retire', { params: { id } })}
      onClose={onClose}
    >
      <p>
        What <code>{id}</code> has signed counts no more wherever the set is asked for again. Its private half is
        deleted.
      </p>
    </Confirm>
  );
}
