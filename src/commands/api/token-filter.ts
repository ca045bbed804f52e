import type { Answer, ApiClient } from './client.ts';
import { findOwner } from './find-user.ts';
import type { Input, OptionTable } from '../terminal/options.ts';

/** Options that say which tokens are meant. */
export const tokenFilterOptions = {
  state: { value: 'STATE', help: 'Only active, disabled, expired or revoked ones' },
  org: { value: 'ORG', help: 'Only those of an organisation, by slug or id' },
  user: { value: 'USER', help: 'Only those of a user, by id or username' },
  search: { value: 'TEXT', help: "Only those with the text in their name or their owner's username" },
  'expires-before': { value: 'DATE', help: 'Only those that end before then (RFC 3339)' },
  'unused-for': { value: 'DURATION', help: 'Only those neither made nor used for so long, such as 90d' },
  review: { help: 'Only those of service users whose owner is gone, which an admin is to look at' },
} as const satisfies OptionTable;

/** The same as the API names it; the user is found by its username. */
export async function tokenFilter(
  client: ApiClient,
  input: Input,
): Promise<Answer<Readonly<Record<string, string | undefined>>>> {
  const { state, org, user, search, 'expires-before': expiresBefore, 'unused-for': unusedFor } = input.values;
  const owner = user === undefined ? undefined : await findOwner(client, user, input);
  if (owner?.kind === 'failed') return owner;
  const body = {
    state,
    organization: org,
    user_id: owner?.body,
    search,
    expires_before: expiresBefore,
    unused_for: unusedFor,
  };
  return { kind: 'answer', body };
}

/** Says whether any of `tokenFilterOptions` is given. */
export function isFiltered({ values, switches }: Input): boolean {
  return Object.keys(tokenFilterOptions).some((name) => values[name] !== undefined || switches.has(name));
}
