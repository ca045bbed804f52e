-- The keys that sign what upstreams check. All instants are by the database's clock, so that every node changes over at
-- the same time, whatever its own clock says.
CREATE TABLE signing_keys (
  -- Also the `kid` by which whoever verifies finds the key.
  id text COLLATE "C" PRIMARY KEY,
  algorithm text NOT NULL CHECK (algorithm IN ('ES256', 'EdDSA')),
  -- PKCS #8 under AES-256-GCM with a key that comes from the secret key; the public half is made from it, so that nobody
  -- who can only write here can have a key of theirs published. NULL once the key is gone.
  sealed_private_key text,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  -- Until then it is published without signing, so that no verifier meets it unprepared.
  signs_from timestamptz NOT NULL,
  -- When the next key takes over.
  retires_at timestamptz,
  -- When the last token that it signed has ended; from then on it is published no more.
  gone_at timestamptz,
  CHECK ((retires_at IS NULL) = (gone_at IS NULL))
);

-- One key alone has no successor yet, also when several nodes start at once on an empty database.
CREATE UNIQUE INDEX signing_keys_newest ON signing_keys ((true)) WHERE retires_at IS NULL;

-- What the secret key makes of a constant. Another secret key is told from the right one before anything is written
-- under it.
CREATE TABLE secret_key_check (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  value text NOT NULL
);

-- A change of the signing keys is news for every node.
ALTER TABLE invalidations DROP CONSTRAINT invalidations_kind_check;
ALTER TABLE invalidations ADD CONSTRAINT invalidations_kind_check
  CHECK (kind IN ('token', 'user', 'organization', 'secret', 'signing_key'));
