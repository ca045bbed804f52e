import type { ComponentChildren } from 'preact';
import type { List, Loaded } from '../api/use-call.ts';
import { ProblemNote } from './problem-note.tsx';

interface ListingProps<One> {
  readonly list: List<One>;
  /** What to do first, where there is nothing. */
  readonly empty: ComponentChildren;
  readonly children: (items: readonly One[]) => ComponentChildren;
}

/** A list with all that it may be: awaited, refused, empty, or there with more behind it. */
export function Listing<One>({ list, empty, children }: ListingProps<One>) {
  const { items, problem, busy, more, reload } = list;
  return (
    <div class="listing" aria-live="polite" aria-busy={busy}>
      {problem !== undefined && <ProblemNote problem={problem} again={more ?? reload} />}
      {items === undefined && problem === undefined && <Waiting />}
      {items?.length === 0 && problem === undefined && (
        <div class="card empty">{more === undefined ? empty : <p>Nothing found so far.</p>}</div>
      )}
      {items !== undefined && items.length > 0 && children(items)}
      {more !== undefined && problem === undefined && (
        <Onwards label={items?.length === 0 ? 'Look further' : 'Show more'} busy={busy} more={more} />
      )}
    </div>
  );
}

interface OnwardsProps {
  readonly label: string;
  readonly busy: boolean;
  readonly more: () => void;
}

function Onwards({ label, busy, more }: OnwardsProps) {
  return (
    <p>
      <button type="button" aria-disabled={busy} onClick={() => !busy && more()}>
        {busy ? 'Loading…' : label}
      </button>
    </p>
  );
}

/** The same for one answer. */
export function Answered<Body>({
  loaded,
  children,
}: {
  readonly loaded: Loaded<Body>;
  readonly children: (body: Body) => ComponentChildren;
}) {
  const { body, problem, busy, reload } = loaded;
  return (
    <div class="listing" aria-live="polite" aria-busy={busy}>
      {problem !== undefined && <ProblemNote problem={problem} again={reload} />}
      {body === undefined && problem === undefined && busy && <Waiting />}
      {body !== undefined && children(body)}
    </div>
  );
}

/** Something takes its time. */
function Waiting() {
  return (
    <p class="quiet waiting">
      <progress aria-label="Loading" /> Loading…
    </p>
  );
}
