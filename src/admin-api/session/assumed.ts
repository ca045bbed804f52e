import type { Problem } from '../../core/problem.ts';
import { authenticateHash } from '../authentication.ts';
import type { Caller } from '../caller.ts';
import type { AdminDeps } from '../context.ts';

/** The header by which the console's page asks to be answered as the user whom a session of the helper assumes. */
export const assumedHeader = 'x-wayleave-assumed';

type Judged =
  | { readonly kind: 'caller'; readonly caller: Caller }
  | { readonly kind: 'refused'; readonly problem: Problem };

/**
 * Judges whether somebody who is signed in looks through a session, as its own token would be. It must have been
 * redeemed with the very token that one is signed in with: another token of the same person was not lent anything.
 * @param id of the session
 * @throws StoreUnavailable
 */
export async function assumedThrough(id: string, { tokenId }: Caller, deps: AdminDeps): Promise<Judged> {
  const hash = id.length > idMax ? undefined : await deps.stores.assumeSessions.openHash(id, tokenId);
  return hash === undefined ? { kind: 'refused', problem: ended } : authenticateHash(hash, deps);
}

const idMax = 100;

const ended: Problem = {
  code: 'assume_ended',
  detail: 'You are not, or no longer, in a session of this id that was redeemed with the token you are signed in with.',
};

/** Says that the header stands beside a token, where it would be overlooked; undefined: it does not. */
export function assumedHeaderProblem(
  authorization: string | undefined,
  header: string | undefined,
): Problem | undefined {
  if (authorization === undefined || header === undefined) return undefined;
  return {
    code: 'invalid_request',
    detail: `${assumedHeader} counts in a session of the console alone; send the assumed session's own token instead.`,
  };
}
