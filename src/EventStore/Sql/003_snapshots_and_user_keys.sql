-- A disposable cache: deleting all rows changes nothing but start-up time.
CREATE TABLE eventstore.snapshot (
  stream text NOT NULL,
  schema text NOT NULL,
  version bigint NOT NULL,
  state bytea NOT NULL,
  saved_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (stream, schema)
);
GRANT SELECT, INSERT, UPDATE, DELETE ON eventstore.snapshot TO trading_app;
GRANT SELECT ON eventstore.snapshot TO trading_reader;

-- Each user's data key, wrapped by the master key. Deleting a row makes everything sealed for that user unreadable.
CREATE TABLE eventstore.user_key (
  user_key bytea PRIMARY KEY,
  wrapped_key bytea NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
GRANT SELECT, INSERT, DELETE ON eventstore.user_key TO trading_app;
