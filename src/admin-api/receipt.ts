import { z } from '@hono/zod-openapi';
import type { AdminDeps } from './context.ts';

export const receiptSchema = z
  .object({
    nodes_expected: z.int(),
    nodes_confirmed: z.int(),
    silent: z.array(z.string()),
    milliseconds: z.number().openapi({ description: 'From the change until every node confirmed it' }),
    bound_seconds: z.number().openapi({
      description: 'After this time even a silent node no longer serves what was taken away',
    }),
  })
  .openapi('Receipt');

type Receipt = z.infer<typeof receiptSchema>;

/**
 * Makes a change and waits until every node has followed it, for a second at most: the change is made all the same, and
 * the receipt names the nodes that have not confirmed it.
 */
export async function withReceipt<Outcome>(
  { clock, receipts, metrics }: Pick<AdminDeps, 'clock' | 'receipts' | 'metrics'>,
  change: () => Promise<Outcome>,
): Promise<{ readonly outcome: Outcome; readonly receipt: Receipt }> {
  const startedAt = clock.monotonic();
  const outcome = await change();
  const { nodesExpected, nodesConfirmed, silent, boundMs } = await receipts.settle();
  const elapsedMs = clock.monotonic() - startedAt;
  metrics.nodes.settled(elapsedMs, silent.length === 0);
  const receipt = {
    nodes_expected: nodesExpected,
    nodes_confirmed: nodesConfirmed,
    silent: [...silent],
    milliseconds: Math.round(elapsedMs * 1000) / 1000,
    bound_seconds: Math.ceil(boundMs / 1000),
  };
  return { outcome, receipt };
}
