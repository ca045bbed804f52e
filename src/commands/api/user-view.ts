import { instantText } from './instant-text.ts';
import type { UserAnswer } from './shapes.ts';
import { renderFields, type Column } from '../terminal/table.ts';

/** The columns of a list of people or of service users. */
export function userColumns(kind: 'human' | 'service'): readonly Column<UserAnswer>[] {
  const details: readonly Column<UserAnswer>[] =
    kind === 'human'
      ? [{ title: 'EMAIL', cell: (user) => user.email ?? '', flexible: true }]
      : [{ title: 'PURPOSE', cell: (user) => user.purpose ?? '', flexible: true }];
  return [
    { title: 'ID', cell: (user) => user.id },
    { title: 'USERNAME', cell: (user) => user.username, flexible: true },
    { title: 'NAME', cell: (user) => user.name, flexible: true },
    { title: 'STATUS', cell: (user) => user.status, colour: (user) => (user.status === 'active' ? 'green' : 'red') },
    ...details,
  ];
}

/** Everything about one user. */
export function userFields(user: UserAnswer, nowMs: number): string {
  return renderFields([
    ['id', user.id],
    ['username', user.username],
    ['name', user.name],
    ['kind', user.kind],
    ['email', user.email],
    ['status', user.status],
    ['token type', user.access_token_type],
    ['owner', user.owner],
    ['purpose', user.purpose],
    ['created', instantText(user.created_at, nowMs)],
  ]);
}
