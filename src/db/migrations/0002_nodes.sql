-- The gateways that serve from this database. Each renews its row every second, by the clock of the database; a receipt
-- waits for those whose lease is not over. A clean stop deletes the row.
CREATE TABLE nodes (
  id text COLLATE "C" PRIMARY KEY,
  name text NOT NULL,
  address text NOT NULL,
  version text NOT NULL,
  revision text NOT NULL,
  started_at timestamptz NOT NULL,
  renewed_at timestamptz NOT NULL,
  -- The number of the log up to which the node has followed.
  acknowledged bigint NOT NULL,
  -- For how long it may serve what it knows without having heard of the log.
  stale_for_ms bigint NOT NULL CHECK (stale_for_ms >= 0),
  -- How long after its last renewal others must reckon with it.
  lease_ms bigint NOT NULL CHECK (lease_ms > stale_for_ms)
);

-- A new secret is news too: nodes remember for a while that its hash was unknown. Its subject is the hash.
ALTER TABLE invalidations DROP CONSTRAINT invalidations_kind_check;
ALTER TABLE invalidations ADD CONSTRAINT invalidations_kind_check
  CHECK (kind IN ('token', 'user', 'organization', 'secret'));

-- How old a row is must not depend on whose clock wrote it.
ALTER TABLE invalidations ALTER COLUMN at SET DEFAULT clock_timestamp();
