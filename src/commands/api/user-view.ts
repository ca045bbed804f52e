import { instantText } from './instant-text.ts';
import type { UserAnswer } from './shapes.ts';
import { renderFields, type Column } from '../terminal/table.ts';

/** The columns of a list of people, of service users, or of those that await a decision. */
export function userColumns(kind: 'human' | 'service' | 'review'): readonly Column<UserAnswer>[] {
  return [
    { title: 'ID', cell: (user) => user.id },
    { title: 'USERNAME', cell: (user) => user.username, flexible: true },
    { title: 'NAME', cell: (user) => user.name, flexible: true },
    { title: 'STATUS', cell: (user) => user.status, colour: (user) => (user.status === 'active' ? 'green' : 'red') },
    ...details[kind],
  ];
}

const details: Readonly<Record<'human' | 'service' | 'review', readonly Column<UserAnswer>[]>> = {
  human: [{ title: 'EMAIL', cell: (user) => user.email ?? '', flexible: true }],
  service: [{ title: 'PURPOSE', cell: (user) => user.purpose ?? '', flexible: true }],
  review: [
    { title: 'OWNER', cell: (user) => user.owner ?? '' },
    { title: 'WHY', cell: (user) => reasonText(user), colour: () => 'yellow' },
  ],
};

const reasons: Readonly<Record<string, string>> = {
  owner_disabled: 'owner disabled',
  owner_deleted: 'owner deleted',
};

function reasonText({ review }: UserAnswer): string {
  return review ? (reasons[review.reason] ?? review.reason) : '';
}

/** Everything about one user. */
export function userFields(user: UserAnswer, nowMs: number): string {
  return renderFields([
    ['id', user.id],
    ['username', user.username],
    ['name', user.name],
    ['kind', user.kind],
    ['email', user.email && `${user.email}${user.email_verified === true ? ' (verified)' : ''}`],
    ['status', user.status],
    ['token type', user.access_token_type],
    ['owner', user.owner],
    ['purpose', user.purpose],
    ['review', user.review && `${reasonText(user)} since ${instantText(user.review.since, nowMs)}`],
    ['created', instantText(user.created_at, nowMs)],
  ]);
}
