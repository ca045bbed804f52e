import { z } from 'zod';
import { failed, type Answer, type ApiClient } from './client.ts';
import type { Input, OptionTable } from '../terminal/options.ts';

/** The organisation that a command works in. */
export const organizationOption = {
  org: { value: 'ORG', help: "The organisation, by slug or id; your token's own unless told" },
} as const satisfies OptionTable;

const callerShape = z.looseObject({ organization: z.looseObject({ slug: z.string() }), platform: z.boolean() });

/**
 * The organisation of --org, or the one of the token. A platform admin has to name it: what is forgotten would otherwise
 * happen to the organisation of the platform's admins.
 */
export async function findOrganization(client: ApiClient, input: Input): Promise<Answer<string>> {
  const { org } = input.values;
  if (org !== undefined) return { kind: 'answer', body: org };
  const caller = await client.call({ method: 'GET', path: ['me'] }, callerShape);
  if (caller.kind === 'failed') return caller;
  if (!caller.body.platform) return { kind: 'answer', body: caller.body.organization.slug };
  return failed({
    kind: 'refused',
    message: 'your token reaches every organisation: say which is meant with --org SLUG',
  });
}
