CREATE TABLE eventstore.former_snapshot (
  stream text NOT NULL,
  schema text NOT NULL,
  version bigint NOT NULL,
  state bytea NOT NULL,
  saved_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (stream, schema)
);
GRANT SELECT, INSERT, UPDATE, DELETE ON eventstore.former_snapshot TO trading_app;
GRANT SELECT ON eventstore.former_snapshot TO trading_reader;

-- Each user's data key, wrapped by the master key. Deleting a row makes everything sealed for that user unreadable.
CREATE TABLE eventstore.user_key (
  user_key bytea PRIMARY KEY,
  wrapped_key bytea NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
GRANT SELECT, INSERT, DELETE ON eventstore.user_key TO trading_app;

-- Snapshots of aggregates, for Akka.Persistence.Sql's snapshot store, with exactly its columns; created: ticks of .NET. A
-- disposable cache: deleting all rows changes nothing but start-up time.
CREATE TABLE eventstore.snapshot (
  persistence_id text NOT NULL,
  sequence_number bigint NOT NULL,
  created bigint NOT NULL,
  snapshot bytea,
  manifest text,
  serializer_id int,
  PRIMARY KEY (persistence_id, sequence_number)
);
GRANT SELECT, INSERT, UPDATE, DELETE ON eventstore.snapshot TO trading_app;
GRANT SELECT ON eventstore.snapshot TO trading_reader;
