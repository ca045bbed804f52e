-- Who is signed in to the console. A session ends with the credential it began with: the secret of a token, or the
-- person who used an enrolment code.
CREATE TABLE console_sessions (
  id text COLLATE "C" PRIMARY KEY,
  -- SHA-256, in base64url, of what the browser's cookie holds, and of what the page of the console alone knows.
  cookie_hash text COLLATE "C" NOT NULL UNIQUE CHECK (cookie_hash ~ '^[A-Za-z0-9_-]{43}$'),
  page_key_hash text COLLATE "C" NOT NULL CHECK (page_key_hash ~ '^[A-Za-z0-9_-]{43}$'),
  organization_id text COLLATE "C" NOT NULL,
  user_id text COLLATE "C" NOT NULL,
  -- The hash of the token's secret; null: it began with an enrolment code.
  secret_hash text COLLATE "C",
  created_at timestamptz NOT NULL,
  last_used_at timestamptz NOT NULL,
  ends_at timestamptz NOT NULL,
  FOREIGN KEY (organization_id, user_id) REFERENCES users (organization_id, id),
  CHECK (ends_at > created_at)
);

CREATE INDEX console_sessions_by_user ON console_sessions (user_id, created_at);
CREATE INDEX console_sessions_by_end ON console_sessions (ends_at);
