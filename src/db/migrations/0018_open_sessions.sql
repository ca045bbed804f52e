-- Who is in at the moment are few among those who ever were.
CREATE INDEX assume_sessions_open_by_organization ON assume_sessions (organization_id, id) WHERE ended_at IS NULL;
CREATE INDEX assume_sessions_open_by_actor ON assume_sessions (actor_id, id) WHERE ended_at IS NULL;
