import type { Token } from '../api/calls.ts';
import { href } from '../router.ts';
import { Clamped } from './clamped.tsx';
import type { Column } from './data-table.tsx';
import { Instant } from './instant.tsx';
import { ScopeList } from './scope-list.tsx';
import { StateLabel } from './state-label.tsx';

type Place = (token: Token) => readonly string[];

/** What lists of tokens show. @param placeOf where the page of a token is */
export function tokenColumns(
  placeOf: Place,
  options: { readonly current: string; readonly withOwner: boolean },
): readonly Column<Token>[] {
  return [
    {
      title: 'Name',
      cell: (token) => <TokenName token={token} place={placeOf(token)} isCurrent={token.id === options.current} />,
    },
    ...(options.withOwner
      ? [{ title: 'Owner', cell: (token: Token) => <span class="word">{token.username}</span> }]
      : []),
    { title: 'Scopes', cell: ({ scopes }) => <ScopeList scopes={scopes} most={4} /> },
    { title: 'Created', cell: ({ created_at: at }) => <Instant at={at} /> },
    { title: 'Expires', cell: ({ expires_at: at }) => <Instant at={at} /> },
    { title: 'Last used', cell: (token) => <LastUse token={token} /> },
    { title: 'State', cell: ({ state }) => <StateLabel state={state} /> },
  ];
}

function TokenName({
  token,
  place,
  isCurrent,
}: {
  readonly token: Token;
  readonly place: readonly string[];
  readonly isCurrent: boolean;
}) {
  return (
    <>
      <a href={href(place)}>{token.name}</a>
      <span class="below quiet">
        ends in <code>{token.last_four}</code>
        {isCurrent && ' · in use here'}
        {token.expires_at === null && ' · never expires'}
      </span>
      {token.purpose !== null && <Clamped text={token.purpose} />}
    </>
  );
}

/** When, from where and on which route a token was last used. */
export function LastUse({ token }: { readonly token: Token }) {
  const { last_used_at: at, last_used_address: address, last_used_route: route } = token;
  if (at === null) return <span class="quiet">Never</span>;
  return (
    <>
      <Instant at={at} />
      <span class="below quiet">
        from {address} on {route}
      </span>
    </>
  );
}
