-- The wayleave roles that the person had when whoever made the code was judged. A code does nothing for a person who has
-- more by now: its maker would get more than it may give. Codes from before this column count for people without any.
ALTER TABLE enrolments ADD COLUMN roles text[] NOT NULL DEFAULT '{}';
