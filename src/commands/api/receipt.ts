import type { Receipt } from './shapes.ts';

/** What became of a change on the nodes that serve: `in effect on 1 of 1 nodes in 3 ms`. */
export function receiptText(receipt: Receipt): string {
  const { nodes_confirmed: confirmed, nodes_expected: expected, milliseconds, silent } = receipt;
  const done = `in effect on ${confirmed} of ${expected} nodes in ${Math.ceil(milliseconds)} ms`;
  if (silent.length === 0) return done;
  return `${done}; not heard from ${silent.join(', ')}, which serve it for at most ${receipt.bound_seconds} s more`;
}
