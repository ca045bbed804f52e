import { failed, type Answer, type ApiClient } from './client.ts';
import { findOrganization } from './organization-option.ts';
import { pageOf, userShape, type UserAnswer } from './shapes.ts';
import type { Input } from '../terminal/options.ts';

const idPattern = /^usr_[0-9A-Za-z]+$/;

/** The id of a user whom --user names by id or by username, within the organisation of --org or the token's own. */
export async function findOwner(client: ApiClient, reference: string, input: Input): Promise<Answer<string>> {
  if (idPattern.test(reference)) return { kind: 'answer', body: reference };
  const organization = await findOrganization(client, input);
  return organization.kind === 'failed' ? organization : findUserId(client, organization.body, reference);
}

/**
 * The id of a user of an organisation.
 * @param organization an id or a slug
 * @param reference an id or a username
 */
export async function findUserId(client: ApiClient, organization: string, reference: string): Promise<Answer<string>> {
  if (idPattern.test(reference)) return { kind: 'answer', body: reference };
  let cursor: string | undefined;
  do {
    const query = { search: reference, limit: '200', cursor };
    const page = await client.call(
      { method: 'GET', path: ['organizations', organization, 'users'], query },
      pageOf(userShape),
    );
    if (page.kind === 'failed') return page;
    const user: UserAnswer | undefined = page.body.items.find((candidate) => candidate.username === reference);
    if (user !== undefined) return { kind: 'answer', body: user.id };
    cursor = page.body.next_cursor ?? undefined;
  } while (cursor !== undefined);
  return failed({ kind: 'refused', message: `there is no user "${reference}" in the organisation ${organization}` });
}
