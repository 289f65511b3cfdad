-- Each user's data key, wrapped by a master key. Deleting a row makes everything sealed for that user unreadable.
CREATE TABLE eventstore.user_key (
  user_key bytea PRIMARY KEY,
  wrapped_key bytea NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  -- Which master key wraps it: the first bytes of its hash.
  master_key text
);
GRANT SELECT, INSERT, DELETE ON eventstore.user_key TO trading_app;
