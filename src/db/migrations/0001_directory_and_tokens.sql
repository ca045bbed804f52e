-- Identity is compared byte for byte (collation "C"), whatever the database's locale.
-- Instants are written by the program, from its clock; ids begin with the time they were made at, so they sort by it.

CREATE TABLE organizations (
  id text COLLATE "C" PRIMARY KEY,
  -- Stands where an id may stand, so it never looks like one.
  slug text COLLATE "C" NOT NULL UNIQUE CHECK (slug ~ '^[a-z0-9][a-z0-9._-]*$' AND slug !~ '^org_'),
  name text NOT NULL,
  status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'suspended')),
  created_at timestamptz NOT NULL,
  changed_at timestamptz NOT NULL
);

CREATE TABLE users (
  id text COLLATE "C" PRIMARY KEY,
  organization_id text COLLATE "C" NOT NULL REFERENCES organizations,
  kind text NOT NULL CHECK (kind IN ('human', 'service')),
  -- Never given twice in an organisation: users are disabled, their rows stay.
  username text COLLATE "C" NOT NULL CHECK (username ~ '^[!-~]+$'),
  name text NOT NULL,
  email text,
  email_verified boolean NOT NULL DEFAULT false,
  status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'disabled')),
  access_token_type text NOT NULL DEFAULT 'bearer' CHECK (access_token_type IN ('bearer', 'jwt')),
  -- Who answers for a service user, and what it is for.
  owner_id text COLLATE "C",
  purpose text,
  created_at timestamptz NOT NULL,
  changed_at timestamptz NOT NULL,
  UNIQUE (organization_id, username),
  UNIQUE (organization_id, id),
  FOREIGN KEY (organization_id, owner_id) REFERENCES users (organization_id, id),
  CHECK (email IS NOT NULL OR NOT email_verified),
  CHECK (kind = 'service' OR (owner_id IS NULL AND purpose IS NULL))
);

CREATE TABLE authorizations (
  id text COLLATE "C" PRIMARY KEY,
  organization_id text COLLATE "C" NOT NULL,
  user_id text COLLATE "C" NOT NULL,
  project text COLLATE "C" NOT NULL,
  roles text[] COLLATE "C" NOT NULL CHECK (cardinality(roles) > 0),
  created_at timestamptz NOT NULL,
  UNIQUE (user_id, project),
  FOREIGN KEY (organization_id, user_id) REFERENCES users (organization_id, id)
);

CREATE INDEX authorizations_by_organization ON authorizations (organization_id, id);

CREATE TABLE tokens (
  id text COLLATE "C" PRIMARY KEY,
  kind text NOT NULL CHECK (kind IN ('pat', 'asu', 'ses', 'acc', 'enr')),
  organization_id text COLLATE "C" NOT NULL,
  user_id text COLLATE "C" NOT NULL,
  -- What the token derives from: whatever ends or narrows the parent does so to it.
  parent_id text COLLATE "C" REFERENCES tokens,
  name text COLLATE "C" NOT NULL,
  -- Names are unique among the tokens that hold theirs. A token gives its name up when it is revoked or deleted, and
  -- when it has expired and another token is given the name.
  holds_name boolean NOT NULL,
  purpose text,
  scopes text[] COLLATE "C" NOT NULL,
  expires_at timestamptz,
  disabled_at timestamptz,
  revoked_at timestamptz,
  -- A deleted token is in no list; whoever presents it is told that it is revoked.
  deleted_at timestamptz,
  created_at timestamptz NOT NULL,
  created_by text COLLATE "C" NOT NULL,
  changed_at timestamptz NOT NULL,
  changed_by text COLLATE "C" NOT NULL,
  -- Grows with every change.
  version bigint NOT NULL DEFAULT 1 CHECK (version > 0),
  FOREIGN KEY (organization_id, user_id) REFERENCES users (organization_id, id),
  CHECK (NOT holds_name OR revoked_at IS NULL),
  CHECK (deleted_at IS NULL OR revoked_at IS NOT NULL)
);

CREATE UNIQUE INDEX tokens_name ON tokens (user_id, name) WHERE holds_name;
CREATE INDEX tokens_by_user ON tokens (user_id, id);
CREATE INDEX tokens_by_organization ON tokens (organization_id, id);
CREATE INDEX tokens_by_parent ON tokens (parent_id) WHERE parent_id IS NOT NULL;

CREATE TABLE token_secrets (
  -- SHA-256 of the token's whole text, in base64url.
  hash text COLLATE "C" PRIMARY KEY CHECK (hash ~ '^[A-Za-z0-9_-]{43}$'),
  token_id text COLLATE "C" NOT NULL REFERENCES tokens,
  last_four text NOT NULL CHECK (last_four ~ '^[0-9A-Za-z]{4}$'),
  valid_from timestamptz NOT NULL,
  -- The end of a rotation's overlap.
  valid_until timestamptz CHECK (valid_until > valid_from)
);

CREATE INDEX token_secrets_by_token ON token_secrets (token_id, valid_from);
-- A token has one secret without an end. Rotating gives it an end and adds the next, so that two live at most.
CREATE UNIQUE INDEX token_secrets_current ON token_secrets (token_id) WHERE valid_until IS NULL;

-- What caches must forget, in the order of commits: every change of a token, user or organisation writes its rows in
-- its own transaction.
CREATE TABLE invalidations (
  id bigserial PRIMARY KEY,
  kind text NOT NULL CHECK (kind IN ('token', 'user', 'organization')),
  subject_id text COLLATE "C" NOT NULL,
  at timestamptz NOT NULL
);

CREATE INDEX invalidations_by_time ON invalidations (at);
