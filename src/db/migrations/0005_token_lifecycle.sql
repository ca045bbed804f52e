-- Where a token may be used from: blocks of addresses in canonical form; none: from anywhere.
ALTER TABLE tokens ADD COLUMN allowed_ips text[] COLLATE "C" NOT NULL DEFAULT '{}';

-- A rotation may end a secret at once, also in the millisecond in which it was made.
ALTER TABLE token_secrets DROP CONSTRAINT token_secrets_check;
ALTER TABLE token_secrets ADD CONSTRAINT token_secrets_check CHECK (valid_until >= valid_from);
-- How often a secret has been used since another one took its place, and when last.
ALTER TABLE token_secrets ADD COLUMN old_calls bigint NOT NULL DEFAULT 0 CHECK (old_calls >= 0);
ALTER TABLE token_secrets ADD COLUMN old_last_used_at timestamptz;

-- Lists of tokens sort by their last use, so every token has a row: -infinity stands for never.
ALTER TABLE token_last_use ADD COLUMN organization_id text COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE token_last_use ADD COLUMN user_id text COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE token_last_use ALTER COLUMN address SET DEFAULT '';
ALTER TABLE token_last_use ALTER COLUMN route SET DEFAULT '';
UPDATE token_last_use l SET organization_id = t.organization_id, user_id = t.user_id FROM tokens t WHERE t.id = l.token_id;
INSERT INTO token_last_use (token_id, organization_id, user_id, at)
  SELECT id, organization_id, user_id, '-infinity' FROM tokens ON CONFLICT (token_id) DO NOTHING;

CREATE INDEX token_last_use_by_organization ON token_last_use (organization_id, at, token_id);
CREATE INDEX token_last_use_by_user ON token_last_use (user_id, at, token_id);

-- Where lists search: the name and the owner's username, neither of which ever changes, in lower case (letters of ASCII).
ALTER TABLE tokens ADD COLUMN searched text NOT NULL DEFAULT '';

-- A row of tokens brings its place in the lists with it, whoever inserts it.
CREATE FUNCTION tokens_before_insert() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.searched := lower(NEW.name COLLATE "C") || E'\n' || coalesce((SELECT lower(username COLLATE "C") FROM users WHERE id = NEW.user_id), '');
  RETURN NEW;
END $$;
CREATE TRIGGER tokens_before_insert BEFORE INSERT ON tokens FOR EACH ROW EXECUTE FUNCTION tokens_before_insert();

CREATE FUNCTION tokens_after_insert() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO token_last_use (token_id, organization_id, user_id, at)
    SELECT id, organization_id, user_id, '-infinity' FROM added
    ON CONFLICT (token_id) DO NOTHING;
  RETURN NULL;
END $$;
CREATE TRIGGER tokens_after_insert AFTER INSERT ON tokens
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION tokens_after_insert();

UPDATE tokens t SET searched = lower(t.name) || E'\n' || lower(u.username) FROM users u WHERE u.id = t.user_id;

-- Every three letters that follow each other: what holds a text of three or more holds all of its own.
-- (pg_trgm would do the same, but is not in every installation of Postgres.)
CREATE FUNCTION letter_triples(given text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 1000 AS $$
  SELECT coalesce(array_agg(DISTINCT substr(given COLLATE "C", n, 3)), '{}') FROM generate_series(1, length(given) - 2) n
$$;
-- A column of its own, for the planner knows how common the items of columns are, and not those of expressions.
ALTER TABLE tokens ADD COLUMN searched_triples text[] GENERATED ALWAYS AS (letter_triples(searched)) STORED;
CREATE INDEX tokens_by_triples ON tokens USING gin (searched_triples) WHERE deleted_at IS NULL;

-- The orders of lists, for an organisation and for a user.
DROP INDEX tokens_by_organization;
DROP INDEX tokens_by_user;
CREATE INDEX tokens_by_organization ON tokens (organization_id, id) WHERE deleted_at IS NULL;
CREATE INDEX tokens_by_user ON tokens (user_id, id) WHERE deleted_at IS NULL;
CREATE INDEX tokens_by_organization_expiry ON tokens (organization_id, coalesce(expires_at, 'infinity'), id) WHERE deleted_at IS NULL;
CREATE INDEX tokens_by_user_expiry ON tokens (user_id, coalesce(expires_at, 'infinity'), id) WHERE deleted_at IS NULL;
CREATE INDEX tokens_by_organization_name ON tokens (organization_id, name, id) WHERE deleted_at IS NULL;
CREATE INDEX tokens_by_user_name ON tokens (user_id, name, id) WHERE deleted_at IS NULL;
-- What is rare among many is found without reading the many.
CREATE INDEX tokens_disabled ON tokens (organization_id, id) WHERE disabled_at IS NOT NULL AND revoked_at IS NULL AND deleted_at IS NULL;
CREATE INDEX tokens_revoked ON tokens (organization_id, id) WHERE revoked_at IS NOT NULL AND deleted_at IS NULL;
CREATE INDEX tokens_not_revoked ON tokens (organization_id, id) WHERE revoked_at IS NULL AND deleted_at IS NULL;
-- What ends soon, everywhere: for metrics and warnings.
CREATE INDEX tokens_by_expiry ON tokens (expires_at) WHERE revoked_at IS NULL;
