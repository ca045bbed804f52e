import { setTimeout as delay } from 'node:timers/promises';
import type { ClusterNode } from './cluster-node.ts';
import type { SeenAnswer } from './gateway-client.ts';

/** Contract, section 8. */
export interface Receipt {
  readonly nodes_expected: number;
  readonly nodes_confirmed: number;
  readonly silent: readonly string[];
  readonly milliseconds: number;
  readonly bound_seconds: number;
}

export interface Revocation {
  readonly receipt: Receipt;
  /** When the receipt was in the client's hands, by `performance.now()`. */
  readonly atMs: number;
}

/**
 * Revokes a token by a node, again when the store did not answer in time, as the answer itself advises.
 * @throws when the last answer is no receipt
 */
export async function revoke(node: ClusterNode, tokenId: string, attempts = 5): Promise<Revocation> {
  const response = await node.api('POST', `/tokens/${tokenId}/revoke`, {});
  const atMs = performance.now();
  const text = await response.text();
  if (response.status === 503 && attempts > 1) {
    await delay(500);
    return revoke(node, tokenId, attempts - 1);
  }
  if (response.status !== 200) throw new Error(`the revocation was answered ${response.status}: ${text}`);
  return { receipt: (JSON.parse(text) as { receipt: Receipt }).receipt, atMs };
}

/** How long after an instant (in ms) those requests with a token began that were let through all the same. */
export function passedAfter(answers: readonly SeenAnswer[], token: string, atMs: number): readonly number[] {
  const passed = answers.filter((seen) => seen.token === token && seen.beganAtMs > atMs && seen.status === 200);
  return passed.map(({ beganAtMs }) => Math.round(beganAtMs - atMs));
}
