-- What receivers outside are to be told. A row is written with what it tells of, and sent afterwards by whichever node
-- comes first. Instants are those of the database's clock, for nodes must agree on whose turn it is.

CREATE TABLE webhook_events (
  id text COLLATE "C" PRIMARY KEY,
  type text COLLATE "C" NOT NULL,
  organization_id text COLLATE "C" NOT NULL REFERENCES organizations,
  -- The body, byte for byte, so that each attempt sends the same.
  payload text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE INDEX webhook_events_by_time ON webhook_events (created_at);

CREATE TABLE webhook_deliveries (
  id text COLLATE "C" PRIMARY KEY,
  event_id text COLLATE "C" NOT NULL REFERENCES webhook_events ON DELETE CASCADE,
  -- The name in gateway.yaml.
  target text COLLATE "C" NOT NULL,
  state text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'delivered', 'dead')),
  -- Begun ones: a node that dies in the middle of one has used it up.
  attempts integer NOT NULL DEFAULT 0 CHECK (attempts >= 0),
  -- When a node may take it. Whoever does moves this ahead by as long as an attempt can take.
  next_attempt_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  last_attempt_at timestamptz,
  last_status integer,
  last_error text,
  UNIQUE (event_id, target)
);

CREATE INDEX webhook_deliveries_due ON webhook_deliveries (target, next_attempt_at) WHERE state = 'pending';

-- Which ends of tokens have been warned of, so that each is once, on however many nodes. A new end is another row.
CREATE TABLE token_expiry_warnings (
  token_id text COLLATE "C" NOT NULL,
  expires_at timestamptz NOT NULL,
  days integer NOT NULL,
  PRIMARY KEY (token_id, expires_at, days)
);

CREATE INDEX token_expiry_warnings_by_end ON token_expiry_warnings (expires_at);

-- How far the walk through the tokens that end soon has come, and when a node last went on with it. One row.
CREATE TABLE token_expiry_walk (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  begun_at timestamptz NOT NULL,
  after_at timestamptz NOT NULL,
  after_id text COLLATE "C" NOT NULL
);

INSERT INTO token_expiry_walk (begun_at, after_at, after_id) VALUES ('-infinity', 'epoch', '');
