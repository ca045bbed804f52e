import type { Token } from '../api.ts';
import { Instant } from './instant.tsx';
import { ScopeList } from './scope-list.tsx';

const states: Readonly<Record<Token['state'], string>> = {
  active: 'Active',
  disabled: 'Disabled',
  expired: 'Expired',
  revoked: 'Revoked',
};

interface Props {
  readonly tokens: readonly Token[];
  /** The id of the token that this page itself uses. */
  readonly current: string;
}

/** Tokens as a table, which narrow screens show as one block a token; the roles keep it a table for readers. */
export function TokenTable({ tokens, current }: Props) {
  return (
    <table role="table" class="card tokens">
      <caption>Newest first</caption>
      <thead role="rowgroup">
        <tr role="row">
          {['Name', 'Scopes', 'Created', 'Expires', 'State'].map((title) => (
            <th key={title} role="columnheader" scope="col">
              {title}
            </th>
          ))}
        </tr>
      </thead>
      <tbody role="rowgroup">
        {tokens.map((token) => (
          <TokenRow key={token.id} token={token} isCurrent={token.id === current} />
        ))}
      </tbody>
    </table>
  );
}

function TokenRow({ token, isCurrent }: { readonly token: Token; readonly isCurrent: boolean }) {
  return (
    <tr role="row">
      <th role="rowheader" scope="row">
        {token.name}
        <span class="below quiet">
          ends in <code>{token.last_four}</code>
          {isCurrent && ' · in use here'}
        </span>
        {token.purpose !== null && <span class="below">{token.purpose}</span>}
      </th>
      <td role="cell" data-label="Scopes">
        <ScopeList scopes={token.scopes} />
      </td>
      <td role="cell" data-label="Created">
        <Instant at={token.created_at} />
      </td>
      <td role="cell" data-label="Expires">
        <Instant at={token.expires_at} />
      </td>
      <td role="cell" data-label="State">
        <span class={`state state-${token.state}`}>{states[token.state]}</span>
      </td>
    </tr>
  );
}
