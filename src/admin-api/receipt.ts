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
 * Makes a change and says how long it took to be in force. The store's change returns once this node's caches have
 * forgotten what it touched, and this node is the only one.
 */
export async function withReceipt<Outcome>(
  deps: Pick<AdminDeps, 'clock' | 'currentConfig'>,
  change: () => Promise<Outcome>,
): Promise<{ readonly outcome: Outcome; readonly receipt: Receipt }> {
  const startedAt = deps.clock.monotonic();
  const outcome = await change();
  const milliseconds = Math.round((deps.clock.monotonic() - startedAt) * 1000) / 1000;
  const { ttlMs, staleForMs } = deps.currentConfig().cache;
  const receipt = {
    nodes_expected: 1,
    nodes_confirmed: 1,
    silent: [],
    milliseconds,
    bound_seconds: (ttlMs + staleForMs) / 1000,
  };
  return { outcome, receipt };
}
