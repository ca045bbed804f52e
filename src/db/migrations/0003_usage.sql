-- How tokens are used, as the nodes write it down in batches, seconds after the use. The rows refer to tokens without
-- foreign keys: those would lock the token's row, and a revocation would wait for a batch.

-- When, from where and on which route a token was last used.
CREATE TABLE token_last_use (
  token_id text COLLATE "C" PRIMARY KEY,
  at timestamptz NOT NULL,
  address text NOT NULL,
  route text NOT NULL
);

-- How often a token was used on a route within an hour (UTC); pruned after 90 days.
CREATE TABLE usage_hours (
  hour timestamptz NOT NULL,
  token_id text COLLATE "C" NOT NULL,
  route text COLLATE "C" NOT NULL,
  -- What the route asked for, separated by spaces; those of which one would do are joined by |.
  scopes text COLLATE "C" NOT NULL,
  allowed bigint NOT NULL CHECK (allowed >= 0),
  refused bigint NOT NULL CHECK (refused >= 0),
  PRIMARY KEY (hour, token_id, route, scopes)
);

CREATE INDEX usage_hours_by_token ON usage_hours (token_id, hour);

-- Which batches have been counted, so that one whose commit went unheard is not counted twice.
CREATE TABLE usage_batches (
  id text COLLATE "C" PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE INDEX usage_batches_by_time ON usage_batches (at);
