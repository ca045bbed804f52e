-- A deleted user's row stays: the username is never given again, and what names the id keeps its meaning.
ALTER TABLE users ADD COLUMN deleted_at timestamptz;
ALTER TABLE users ADD CONSTRAINT users_deleted_check CHECK (deleted_at IS NULL OR status = 'disabled');

-- A service user whose owner is gone: its tokens go on, and an admin says what becomes of them.
ALTER TABLE users ADD COLUMN review_since timestamptz;
ALTER TABLE users ADD COLUMN review_reason text CHECK (review_reason IN ('owner_disabled', 'owner_deleted'));
ALTER TABLE users ADD CONSTRAINT users_review_check CHECK (
  (review_since IS NULL) = (review_reason IS NULL) AND (review_since IS NULL OR kind = 'service'));

CREATE INDEX users_by_owner ON users (owner_id) WHERE owner_id IS NOT NULL;
CREATE INDEX users_to_review ON users (organization_id, id) WHERE review_since IS NOT NULL;

-- Codes that give a person a first credential. A row stays after its code was used, so that its holder is told so.
CREATE TABLE enrolments (
  id text COLLATE "C" PRIMARY KEY,
  -- SHA-256 of the code's whole text, in base64url.
  hash text COLLATE "C" NOT NULL UNIQUE CHECK (hash ~ '^[A-Za-z0-9_-]{43}$'),
  organization_id text COLLATE "C" NOT NULL,
  user_id text COLLATE "C" NOT NULL,
  -- The address that is the person's for certain once the code is used, as an admin has said.
  verifies_email text,
  created_at timestamptz NOT NULL,
  created_by text COLLATE "C" NOT NULL,
  expires_at timestamptz NOT NULL,
  used_at timestamptz,
  -- When a newer code, or the end of the person, ended it.
  ended_at timestamptz,
  FOREIGN KEY (organization_id, user_id) REFERENCES users (organization_id, id),
  CHECK (expires_at > created_at),
  CHECK (used_at IS NULL OR ended_at IS NULL)
);

-- A person has one code at most that would do.
CREATE UNIQUE INDEX enrolments_open ON enrolments (user_id) WHERE used_at IS NULL AND ended_at IS NULL;
