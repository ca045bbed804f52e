-- Whoever redeems an assume-user token all day leaves many ended sessions below their own token and below that one. To
-- end either must cost what goes on, not what has ever been.
CREATE INDEX tokens_going_on_by_parent ON tokens (parent_id) WHERE parent_id IS NOT NULL AND revoked_at IS NULL;
CREATE INDEX assume_sessions_open_by_assume_token ON assume_sessions (assume_token_id, id) WHERE ended_at IS NULL;
