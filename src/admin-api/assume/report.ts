import { z } from '@hono/zod-openapi';
import type { AssumeSession } from '../../core/assume.ts';
import { sessionReport } from '../../core/session-report.ts';
import type { SessionUsage } from '../../core/session-use.ts';
import { rfc3339, rfc3339OrNull } from '../tokens/present.ts';
import { assumeSessionView, presentSession } from './schema.ts';

/** Nodes write down what was done within so long after the end, unless their store is away. */
const settledMs = 5000;
const instant = z.iso.datetime();

export const sessionReportView = z
  .object({
    session: assumeSessionView,
    is_final: z.boolean().openapi({ description: 'It is over, for so long that nothing more is to come' }),
    calls: z.int(),
    refused: z.int(),
    first_at: instant.nullable(),
    last_at: instant.nullable(),
    routes: z.array(
      z.object({
        route: z.string().openapi({ description: 'Its name; of a call of the admin API, its path' }),
        method: z.string().openapi({ description: '`other`: none of the usual ones' }),
        allowed: z.int(),
        refused: z.int(),
        codes: z.record(z.string(), z.int()).openapi({ description: 'How often it was refused, by code' }),
        first_at: instant,
        last_at: instant,
      }),
    ),
    addresses: z.array(z.object({ address: z.string(), calls: z.int(), first_at: instant, last_at: instant })),
    has_more_addresses: z.boolean().openapi({ description: 'There were more addresses than a report names' }),
  })
  .openapi('AssumeSessionReport');

/** The report of a session as it is answered. */
export function presentReport(
  session: AssumeSession,
  usage: SessionUsage,
  nowMs: number,
): z.infer<typeof sessionReportView> {
  const report = sessionReport(usage);
  return {
    session: presentSession(session),
    is_final: session.endedAt !== null && session.endedAt + settledMs <= nowMs,
    calls: report.calls,
    refused: report.refused,
    first_at: rfc3339OrNull(report.firstMs),
    last_at: rfc3339OrNull(report.lastMs),
    routes: report.routes.map(({ route, method, allowed, refused, codes, ...line }) => ({
      route,
      method,
      allowed,
      refused,
      codes: { ...codes },
      ...presentSpan(line),
    })),
    addresses: report.addresses.map(({ address, calls, ...seen }) => ({ address, calls, ...presentSpan(seen) })),
    has_more_addresses: report.hasMoreAddresses,
  };
}

function presentSpan({ firstMs, lastMs }: { readonly firstMs: number; readonly lastMs: number }) {
  return { first_at: rfc3339(firstMs), last_at: rfc3339(lastMs) };
}
