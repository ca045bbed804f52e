import type { Column } from '../terminal/table.ts';
import { instantText } from './instant-text.ts';
import type { AssumeSessionAnswer } from './assume-shapes.ts';

/** The columns of a list of assumed sessions. */
export function sessionColumns(nowMs: number): readonly Column<AssumeSessionAnswer>[] {
  return [
    { title: 'ID', cell: (session) => session.id },
    { title: 'ACTOR', cell: actorText, flexible: true },
    { title: 'AS', cell: subjectText, flexible: true },
    {
      title: 'STATE',
      cell: ({ state, end_reason: why }) => (why === null ? state : `${state} (${why})`),
      colour: ({ state }) => (state === 'active' ? 'green' : 'red'),
    },
    { title: 'SINCE', cell: (session) => instantText(session.started_at, nowMs) },
    { title: 'UNTIL', cell: (session) => instantText(session.ended_at ?? session.expires_at, nowMs) },
    { title: 'FROM', cell: (session) => session.address ?? '' },
    { title: 'BY', cell: (session) => session.assume_token_id },
    { title: 'REASON', cell: (session) => session.reason ?? '', flexible: true },
  ];
}

/** Who really acts: `sam@support`. */
export function actorText({ actor }: AssumeSessionAnswer): string {
  return `${actor.username}@${actor.organization}`;
}

/** Who it counts as: `ada@acme`. */
export function subjectText({ subject, organization }: AssumeSessionAnswer): string {
  return `${subject.username}@${organization}`;
}
