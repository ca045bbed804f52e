-- What was decided, as the nodes write it down in batches, seconds later: distinct decisions with how often each was made
-- within an hour (UTC). They are decided again under another gateway.yaml to see what it would change. No path stands here
-- as it was sent: what looks like an id is a star. Pruned after 14 days.
CREATE TABLE decision_hours (
  -- Empty: nobody that was known.
  token_id text COLLATE "C" NOT NULL,
  method text COLLATE "C" NOT NULL,
  -- Empty: one of many that are not told apart.
  host text COLLATE "C" NOT NULL,
  path text COLLATE "C" NOT NULL,
  -- The route that took it; empty: none.
  route text COLLATE "C" NOT NULL,
  -- `allowed`, or the code of the refusal.
  outcome text COLLATE "C" NOT NULL,
  hour timestamptz NOT NULL,
  requests bigint NOT NULL CHECK (requests > 0),
  PRIMARY KEY (token_id, method, host, path, route, outcome, hour)
);

CREATE INDEX decision_hours_by_hour ON decision_hours (hour);

-- Which batches have been counted, so that one whose commit went unheard is not counted twice.
CREATE TABLE decision_batches (
  id text COLLATE "C" PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE INDEX decision_batches_by_time ON decision_batches (at);
