-- Questions of one node to the others about a request that was decided lately; whoever remembers it answers. Rows live
-- for seconds.
CREATE TABLE explain_questions (
  id text COLLATE "C" PRIMARY KEY,
  request_id text NOT NULL,
  -- The node that asks.
  node_id text COLLATE "C" NOT NULL,
  -- Whose decisions may be told; NULL: everybody's, to an admin of the platform.
  organization_id text COLLATE "C",
  -- Who wants to know.
  user_id text COLLATE "C" NOT NULL,
  asked_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE explain_answers (
  question_id text COLLATE "C" NOT NULL REFERENCES explain_questions ON DELETE CASCADE,
  node_id text COLLATE "C" NOT NULL,
  node_name text NOT NULL,
  -- How much that node remembers, and since when of refusals; NULL: of none yet.
  decisions integer NOT NULL,
  refusals_since timestamptz,
  -- The explanation as JSON; NULL: it does not remember the request, or may not tell.
  explanation text,
  PRIMARY KEY (question_id, node_id)
);

-- A question is news for every node, though nothing has changed.
ALTER TABLE invalidations DROP CONSTRAINT invalidations_kind_check;
ALTER TABLE invalidations ADD CONSTRAINT invalidations_kind_check
  CHECK (kind IN ('token', 'user', 'organization', 'secret', 'signing_key', 'assume_token', 'question'));
