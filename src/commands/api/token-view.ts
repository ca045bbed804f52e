import type { Column } from '../terminal/table.ts';
import { renderFields } from '../terminal/table.ts';
import { exactTime, relativeTime, type Colour } from '../terminal/text.ts';
import { instantText } from './instant-text.ts';
import { readInstant, type TokenAnswer } from './shapes.ts';

const stateColours: Readonly<Record<string, Colour>> = {
  active: 'green',
  disabled: 'yellow',
  expired: 'red',
  revoked: 'red',
};

/** The columns of a list of tokens. */
export function tokenColumns(nowMs: number): readonly Column<TokenAnswer>[] {
  return [
    { title: 'ID', cell: (token) => token.id },
    { title: 'NAME', cell: (token) => token.name, flexible: true },
    { title: 'OWNER', cell: (token) => token.username, flexible: true },
    { title: 'STATE', cell: (token) => token.state, colour: (token) => stateColours[token.state] },
    { title: 'EXPIRES', cell: (token) => expiry(token, nowMs) },
    { title: 'LAST 4', cell: (token) => token.last_four },
    { title: 'SCOPES', cell: (token) => token.scopes.join(' '), flexible: true },
  ];
}

function expiry(token: TokenAnswer, nowMs: number): string {
  const at = token.expires_at === null ? undefined : readInstant(token.expires_at);
  return at === undefined ? 'never' : `${exactTime(at)} (${relativeTime(at, nowMs)})`;
}

/** Everything about one token, but its secret. */
export function tokenFields(token: TokenAnswer, nowMs: number): string {
  return renderFields([
    ['id', token.id],
    ['name', token.name],
    ['purpose', token.purpose],
    ['owner', `${token.username} (${token.user_id})`],
    ['state', token.state],
    ['scopes', token.scopes.join(' ') || 'none'],
    ['created', instantText(token.created_at, nowMs)],
    ['expires', token.expires_at === null ? 'never' : instantText(token.expires_at, nowMs)],
    ['last four', token.last_four],
  ]);
}
