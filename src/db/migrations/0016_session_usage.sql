-- What was done under assumed sessions, for the report that the organisation gets. The nodes write it with the usage, a
-- second or so after the request. No foreign keys: those would lock the session's row, and its end would wait for a batch.

CREATE TABLE assume_session_calls (
  session_id text COLLATE "C" NOT NULL,
  route text COLLATE "C" NOT NULL,
  method text COLLATE "C" NOT NULL,
  -- Why they were refused; empty: they were let through.
  code text COLLATE "C" NOT NULL,
  calls bigint NOT NULL CHECK (calls > 0),
  first_at timestamptz NOT NULL,
  last_at timestamptz NOT NULL,
  PRIMARY KEY (session_id, route, method, code)
);

CREATE INDEX assume_session_calls_by_time ON assume_session_calls (last_at);

-- From where; at most a hundred or so for each session.
CREATE TABLE assume_session_addresses (
  session_id text COLLATE "C" NOT NULL,
  address text COLLATE "C" NOT NULL,
  calls bigint NOT NULL CHECK (calls > 0),
  first_at timestamptz NOT NULL,
  last_at timestamptz NOT NULL,
  PRIMARY KEY (session_id, address)
);

CREATE INDEX assume_session_addresses_by_time ON assume_session_addresses (last_at);
