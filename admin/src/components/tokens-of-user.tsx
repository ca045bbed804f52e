import type { User } from '../api/calls.ts';
import { useList } from '../api/use-call.ts';
import { useMay } from '../session.ts';
import { useOfToken } from './last-use-text.ts';
import { Listing } from './listing.tsx';

const shownMax = 5;

/** The active tokens of a user and their last use: what ends with the user. */
export function TokensOfUser({ user }: { readonly user: User }) {
  return useMay()('wayleave:tokens:read') ? <Tokens user={user} /> : null;
}

function Tokens({ user: { id, organization_id: organization } }: { readonly user: User }) {
  const list = useList('GET /tokens', {
    query: { organization, user_id: id, state: 'active', sort: '-last_used_at', limit: String(shownMax) },
  });
  return (
    <Listing list={{ ...list, more: undefined }} empty={<p>No token of this user is active.</p>}>
      {(items) => (
        <>
          <p>{list.more === undefined ? 'Its active tokens:' : 'Of its active tokens, those used last:'}</p>
          <ul class="matching">
            {items.map((token) => (
              <li key={token.id}>
                {token.name} <span class="quiet">{useOfToken(token)}</span>
              </li>
            ))}
          </ul>
        </>
      )}
    </Listing>
  );
}
