-- When the organisation was told of what was done under a session, so that it is told once, on however many nodes.
ALTER TABLE assume_sessions ADD COLUMN reported_at timestamptz;

CREATE INDEX assume_sessions_unreported ON assume_sessions (ended_at) WHERE reported_at IS NULL AND ended_at IS NOT NULL;
