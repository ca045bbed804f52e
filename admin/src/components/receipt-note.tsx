import type { Receipt } from '../api/calls.ts';

/** How far a change has got when its answer was written. */
export function ReceiptNote({ receipt }: { readonly receipt: Receipt }) {
  const { nodes_expected: expected, nodes_confirmed: confirmed, silent, milliseconds, bound_seconds: bound } = receipt;
  const all = `${confirmed} of ${expected} ${expected === 1 ? 'node' : 'nodes'} in ${Math.max(1, Math.round(milliseconds))} ms`;
  if (silent.length === 0) {
    return (
      <div class="note note-good" role="status">
        <p class="note-title">Done everywhere</p>
        <p>Confirmed by {all}.</p>
      </div>
    );
  }
  return (
    <div class="note note-warn" role="status">
      <p class="note-title">Done, but not every node has confirmed</p>
      <p>
        Confirmed by {all}. Silent: {silent.join(', ')}. After {bound} s no silent node serves what was taken away.
      </p>
    </div>
  );
}
