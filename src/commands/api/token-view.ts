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
    { title: 'CREATED', cell: created },
    { title: 'EXPIRES', cell: (token) => expiry(token, nowMs) },
    { title: 'LAST 4', cell: (token) => token.last_four },
    { title: 'LAST USED', cell: (token) => lastUsed(token, nowMs) },
    { title: 'SCOPES', cell: (token) => token.scopes.join(' '), flexible: true },
  ];
}

/** The day alone, for the width of a terminal; `token show` has the time. */
function created({ created_at: text }: TokenAnswer): string {
  const at = readInstant(text);
  return at === undefined ? text : exactTime(at).slice(0, 10);
}

function expiry(token: TokenAnswer, nowMs: number): string {
  const at = token.expires_at === null ? undefined : readInstant(token.expires_at);
  return at === undefined ? 'never' : `${exactTime(at)} (${relativeTime(at, nowMs)})`;
}

function lastUsed({ last_used_at: text }: TokenAnswer, nowMs: number): string {
  const at = typeof text === 'string' ? readInstant(text) : undefined;
  return at === undefined ? 'never' : relativeTime(at, nowMs);
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
    ['usable until', usableUntilText(token, nowMs)],
    ['allowed ips', token.allowed_ips?.join(' ') || null],
    ['old secret', oldSecretText(token, nowMs)],
    ['last used', lastUseText(token, nowMs)],
    ['last four', token.last_four],
  ]);
}

/** Where policy ends the token before its own end. */
function usableUntilText({ usable_until: until, expires_at: end }: TokenAnswer, nowMs: number): string | null {
  return typeof until === 'string' && until !== end ? `${instantText(until, nowMs)}, by tokens.max_lifetime` : null;
}

function oldSecretText({ rotation }: TokenAnswer, nowMs: number): string | null {
  if (!rotation) return null;
  const { old_last_four: four, until, old_calls: calls, old_last_used_at: last } = rotation;
  const used = last === null ? 'not used since' : `${calls} calls since, the last ${instantText(last, nowMs)}`;
  return `...${four} until ${instantText(until, nowMs)}; ${used}`;
}

function lastUseText(token: TokenAnswer, nowMs: number): string {
  if (typeof token.last_used_at !== 'string') return 'never';
  const { last_used_route: route, last_used_address: address } = token;
  return `${instantText(token.last_used_at, nowMs)} on ${route ?? 'an unknown route'} from ${address ?? 'an unknown address'}`;
}
