import type { Fragment, Queryable } from '../db/client.ts';

/** The columns that `assumeSessionOf` reads, from `sessionTables`. */
export function sessionColumns(sql: Queryable): Fragment {
  return sql`
    s.*, t.scopes, t.expires_at, g.read_only,
    subject.username AS subject_username, subject.kind AS subject_kind,
    home.id AS subject_organization_id, home.slug AS subject_organization_slug,
    actor.username AS actor_username, actor_home.slug AS actor_organization_slug`;
}

/** Sessions as `s`, each with its token, its assume-user token and the people. */
export function sessionTables(sql: Queryable): Fragment {
  return sql`
    assume_sessions s
    JOIN tokens t ON t.id = s.id
    JOIN assume_tokens g ON g.id = s.assume_token_id
    JOIN users subject ON subject.id = s.subject_id
    JOIN organizations home ON home.id = s.organization_id
    JOIN users actor ON actor.id = s.actor_id
    JOIN organizations actor_home ON actor_home.id = s.actor_organization_id`;
}
