-- Lists of tokens at any size: every state is a range of every index that has the order of a list.

-- The state that a token is listed under; NULL: in no list. What expires is noted by a sweep, a minute later at most;
-- until then lists look at the instant.
ALTER TABLE tokens ADD COLUMN list_state text COLLATE "C" CHECK (list_state IN ('active', 'disabled', 'expired', 'revoked'));

CREATE FUNCTION token_list_state(token tokens) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT CASE
    WHEN token.deleted_at IS NOT NULL OR token.kind = 'ses' THEN NULL
    WHEN token.revoked_at IS NOT NULL THEN 'revoked'
    WHEN token.disabled_at IS NOT NULL THEN 'disabled'
    ELSE 'active'
  END
$$;

UPDATE tokens t SET list_state = CASE
  WHEN token_list_state(t) IN ('active', 'disabled') AND expires_at < now() - interval '1 minute' THEN 'expired'
  ELSE token_list_state(t) END;

-- When it ends, so that lists read it from an index alone.
ALTER TABLE tokens ADD COLUMN ends_at timestamptz NOT NULL GENERATED ALWAYS AS (coalesce(expires_at, 'infinity')) STORED;

-- What a search finds a token by: every one, two or three letters that follow each other in its name and its owner's
-- username, its organisation, its owner and its state, as hashes. Different texts may share one, so whoever searches looks
-- at the columns too.
CREATE FUNCTION term_hashes(terms text[]) RETURNS integer[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 1000 AS $$
  SELECT coalesce(array_agg(DISTINCT hashtext(term COLLATE "C")), '{}') FROM unnest(terms) term
$$;
CREATE FUNCTION token_terms(searched text, organization_id text, user_id text, list_state text) RETURNS integer[]
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE COST 10000 AS $$
DECLARE
  terms integer[] := ARRAY[hashtext(organization_id COLLATE "C"), hashtext(user_id COLLATE "C"), hashtext(('=' || list_state) COLLATE "C")];
  letters integer := length(searched);
BEGIN
  FOR n IN 1..letters LOOP
    terms := terms || hashtext(substr(searched, n, 1) COLLATE "C") || hashtext(substr(searched, n, 2) COLLATE "C")
      || hashtext(substr(searched, n, 3) COLLATE "C");
  END LOOP;
  RETURN terms;
END $$;
DROP INDEX tokens_by_triples;
ALTER TABLE tokens DROP COLUMN searched_triples;
DROP FUNCTION letter_triples(text);
-- Without a list of what is still to be put in, which every search would have to read through.
CREATE INDEX tokens_by_terms ON tokens USING gin (token_terms(searched, organization_id, user_id, list_state))
  WITH (fastupdate = off) WHERE list_state IS NOT NULL;

DROP INDEX tokens_by_organization, tokens_by_organization_expiry, tokens_by_organization_name, tokens_by_user,
  tokens_by_user_expiry, tokens_by_user_name, tokens_disabled, tokens_revoked, tokens_not_revoked;
-- With what is looked at in passing, so that a list goes over tens of thousands of tokens without reading their rows.
CREATE INDEX tokens_by_organization ON tokens (organization_id, list_state, id) INCLUDE (searched, ends_at);
CREATE INDEX tokens_by_organization_expiry ON tokens (organization_id, list_state, ends_at, id) INCLUDE (searched);
CREATE INDEX tokens_by_organization_name ON tokens (organization_id, list_state, name, id) INCLUDE (searched, ends_at);
CREATE INDEX tokens_by_user ON tokens (user_id, list_state, id);
CREATE INDEX tokens_by_user_expiry ON tokens (user_id, list_state, ends_at, id);
CREATE INDEX tokens_by_user_name ON tokens (user_id, list_state, name, id);
-- Of every organisation, for the platform's admins and for the sweep.
CREATE INDEX tokens_by_state ON tokens (list_state, id);
CREATE INDEX tokens_by_state_expiry ON tokens (list_state, ends_at, id);
CREATE INDEX tokens_by_state_name ON tokens (list_state, name, id);

-- By their last use, tokens that have ended lie apart, once they have been noted as such: they are many, and nobody looks
-- among them for what is in use.
ALTER TABLE token_last_use ADD COLUMN ended boolean NOT NULL DEFAULT false;
UPDATE token_last_use l SET ended = true FROM tokens t WHERE t.id = l.token_id AND t.list_state IN ('expired', 'revoked');
DELETE FROM token_last_use l USING tokens t WHERE t.id = l.token_id AND t.list_state IS NULL;
DROP INDEX token_last_use_by_organization, token_last_use_by_user;
CREATE INDEX token_last_use_by_organization ON token_last_use (organization_id, ended, at, token_id);
CREATE INDEX token_last_use_by_user ON token_last_use (user_id, ended, at, token_id);
CREATE INDEX token_last_use_by_time ON token_last_use (ended, at, token_id);

-- Tokens that have ended, which is not noted among the last uses yet. Not there and then: the rows of last uses are locked
-- while a batch of usage is written, and a revocation waits for nobody.
CREATE TABLE token_endings (
  id bigserial PRIMARY KEY,
  token_id text COLLATE "C" NOT NULL
);

CREATE OR REPLACE FUNCTION tokens_before_insert() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.searched := lower(NEW.name COLLATE "C") || E'\n' || coalesce((SELECT lower(username COLLATE "C") FROM users WHERE id = NEW.user_id), '');
  NEW.list_state := token_list_state(NEW);
  RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION tokens_after_insert() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO token_last_use (token_id, organization_id, user_id, at)
    SELECT id, organization_id, user_id, '-infinity' FROM added WHERE list_state IS NOT NULL
    ON CONFLICT (token_id) DO NOTHING;
  RETURN NULL;
END $$;

CREATE FUNCTION tokens_before_update() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.list_state := token_list_state(NEW);
  IF OLD.list_state = 'expired' AND NEW.list_state IN ('active', 'disabled') AND NEW.expires_at IS NOT DISTINCT FROM OLD.expires_at THEN
    NEW.list_state := 'expired';
  END IF;
  RETURN NEW;
END $$;
-- Not upon what the sweep writes.
CREATE TRIGGER tokens_before_update BEFORE UPDATE OF expires_at, disabled_at, revoked_at, deleted_at ON tokens
  FOR EACH ROW EXECUTE FUNCTION tokens_before_update();

CREATE FUNCTION tokens_after_update() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO token_endings (token_id) VALUES (NEW.id);
  RETURN NULL;
END $$;
CREATE TRIGGER tokens_after_update AFTER UPDATE ON tokens FOR EACH ROW
  WHEN ((coalesce(OLD.list_state, '') IN ('active', 'disabled')) <> (coalesce(NEW.list_state, '') IN ('active', 'disabled'))
    OR (OLD.list_state IS NULL) <> (NEW.list_state IS NULL))
  EXECUTE FUNCTION tokens_after_update();
