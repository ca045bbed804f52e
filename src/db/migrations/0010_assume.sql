-- Assume-user tokens: an organisation's leave, for a bounded time, to be one of its users. They are no tokens in the
-- sense of the table `tokens`, for nobody is let in by one: it is redeemed with the helper's own token, which makes a
-- session. (organization_id is the subject's and the issuer's at once: nobody issues one for another organisation.)
CREATE TABLE assume_tokens (
  id text COLLATE "C" PRIMARY KEY,
  organization_id text COLLATE "C" NOT NULL REFERENCES organizations,
  issuer_id text COLLATE "C" NOT NULL,
  subject_id text COLLATE "C" NOT NULL,
  -- SHA-256 of the secret's whole text, in base64url.
  hash text COLLATE "C" NOT NULL UNIQUE CHECK (hash ~ '^[A-Za-z0-9_-]{43}$'),
  last_four text NOT NULL CHECK (last_four ~ '^[0-9A-Za-z]{4}$'),
  scopes text[] COLLATE "C" NOT NULL,
  -- Ids of users and organisations; NULL: the organisation of whoever redeems it first.
  allowed_actors text[] COLLATE "C" CHECK (cardinality(allowed_actors) > 0),
  first_actor_organization_id text COLLATE "C",
  read_only boolean NOT NULL,
  reason text NOT NULL,
  -- As it was chosen: `2h`, `lifetime`.
  validity text NOT NULL,
  created_at timestamptz NOT NULL,
  -- NULL: never. Expiring it before its time sets this to the present.
  expires_at timestamptz,
  expired_by text COLLATE "C",
  -- A deleted one is in no list; whoever redeems it is told that it is revoked.
  deleted_at timestamptz,
  deleted_by text COLLATE "C",
  FOREIGN KEY (organization_id, issuer_id) REFERENCES users (organization_id, id),
  FOREIGN KEY (organization_id, subject_id) REFERENCES users (organization_id, id)
);

CREATE INDEX assume_tokens_by_organization ON assume_tokens (organization_id, id) WHERE deleted_at IS NULL;

-- What is kept of a session besides its row of `tokens`, which has the same id, the kind `ses`, the subject as its user
-- and the token that it was redeemed with as its parent.
CREATE TABLE assume_sessions (
  id text COLLATE "C" PRIMARY KEY REFERENCES tokens,
  assume_token_id text COLLATE "C" NOT NULL REFERENCES assume_tokens,
  organization_id text COLLATE "C" NOT NULL,
  subject_id text COLLATE "C" NOT NULL,
  actor_id text COLLATE "C" NOT NULL REFERENCES users,
  actor_organization_id text COLLATE "C" NOT NULL,
  actor_token_id text COLLATE "C" NOT NULL REFERENCES tokens,
  -- `token`: redeemed for a session token. `header`: opened by the header Assume-User.
  way text NOT NULL CHECK (way IN ('token', 'header')),
  reason text,
  -- Where it was opened from.
  address text NOT NULL,
  started_at timestamptz NOT NULL,
  -- Of one opened by a header: it ends then unless it is used before.
  idle_until timestamptz,
  ended_at timestamptz,
  end_reason text,
  -- A user id; NULL for what ended by itself.
  ended_by text COLLATE "C",
  CHECK ((way = 'header') = (idle_until IS NOT NULL)),
  CHECK ((ended_at IS NULL) = (end_reason IS NULL))
);

CREATE INDEX assume_sessions_by_organization ON assume_sessions (organization_id, id);
CREATE INDEX assume_sessions_by_token ON assume_sessions (assume_token_id, id);
CREATE INDEX assume_sessions_by_actor ON assume_sessions (actor_id, id);
CREATE INDEX assume_sessions_open ON assume_sessions (id) WHERE ended_at IS NULL;

-- Whom caches must forget about: a change of an assume-user token concerns its sessions.
ALTER TABLE invalidations DROP CONSTRAINT invalidations_kind_check;
ALTER TABLE invalidations ADD CONSTRAINT invalidations_kind_check
  CHECK (kind IN ('token', 'user', 'organization', 'secret', 'signing_key', 'assume_token'));
