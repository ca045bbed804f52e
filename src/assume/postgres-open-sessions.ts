import type { Queryable } from '../db/client.ts';
import { flag } from '../lib/row.ts';

/** How many sessions may be open at once: every node looks after each of them for as long as it lasts. */
export const openSessionsMax = { ofActor: 250, inOrganization: 2500 } as const;

/**
 * Says whether no further session may be opened. Those that are being opened at this moment are not counted, and neither
 * are more than are needed to tell.
 */
export async function hasTooMany(sql: Queryable, actorId: string, organizationId: string): Promise<boolean> {
  const { ofActor, inOrganization } = openSessionsMax;
  const [row] = await sql`
    SELECT
      (SELECT count(*) FROM (
        SELECT FROM assume_sessions WHERE actor_id = ${actorId} AND ended_at IS NULL LIMIT ${ofActor}) own) >= ${ofActor}
      OR (SELECT count(*) FROM (
        SELECT FROM assume_sessions WHERE organization_id = ${organizationId} AND ended_at IS NULL
        LIMIT ${inOrganization}) theirs) >= ${inOrganization} AS is_full`;
  return flag(row ?? {}, 'is_full');
}
