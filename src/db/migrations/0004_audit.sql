-- Who changed what. Every row is written in the transaction of its change, and each organisation's rows are a chain:
-- `link` is an HMAC over the link before and everything in the row, with a key that the database does not have.
-- Ids are kept without foreign keys, for rows outlive what they tell of.
CREATE TABLE audit_log (
  -- 'platform' for what belongs to no organisation.
  organization_id text COLLATE "C" NOT NULL,
  seq bigint NOT NULL CHECK (seq > 0),
  id text COLLATE "C" NOT NULL UNIQUE,
  at timestamptz NOT NULL,
  action text COLLATE "C" NOT NULL,
  target_kind text COLLATE "C" NOT NULL,
  target_id text COLLATE "C" NOT NULL,
  target_name text COLLATE "C",
  -- In whose name, who really acted where that is another one, and with what.
  user_id text COLLATE "C",
  actor_id text COLLATE "C",
  token_id text COLLATE "C",
  author_organization_id text COLLATE "C",
  address text COLLATE "C",
  request_id text COLLATE "C",
  via text COLLATE "C" NOT NULL,
  -- JSON as it was signed; jsonb would write it anew.
  before text COLLATE "C",
  after text COLLATE "C",
  reason text COLLATE "C",
  link text COLLATE "C" NOT NULL,
  PRIMARY KEY (organization_id, seq)
);

CREATE INDEX audit_log_by_organization ON audit_log (organization_id, id);
CREATE INDEX audit_log_by_organization_action ON audit_log (organization_id, action, id);
CREATE INDEX audit_log_by_action ON audit_log (action, id);
CREATE INDEX audit_log_by_actor ON audit_log ((coalesce(actor_id, user_id)), id);
CREATE INDEX audit_log_by_target ON audit_log (target_id, id);
CREATE INDEX audit_log_by_request ON audit_log (request_id) WHERE request_id IS NOT NULL;

-- Where each chain ends. Its row is locked from the writing of the audit rows until the commit that follows at once.
CREATE TABLE audit_heads (
  organization_id text COLLATE "C" PRIMARY KEY,
  seq bigint NOT NULL CHECK (seq >= 0),
  link text COLLATE "C" NOT NULL,
  -- HMAC over the others, so that a tail is not cut off without the key.
  seal text COLLATE "C" NOT NULL
);
