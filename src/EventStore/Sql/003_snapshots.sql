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

-- A snapshot from before its user was erased is passed over: who saves it has not heard of that yet.
CREATE FUNCTION eventstore.pass_over_erased() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
  IF EXISTS (
    SELECT FROM eventstore.journal_stream s JOIN eventstore.journal j ON j.stream_id = s.stream_id
    WHERE s.name = NEW.persistence_id AND j.version > NEW.sequence_number AND j.type = 'trading.session.v1.UserErased'
  ) THEN
    RETURN NULL;
  END IF;
  RETURN NEW;
END
$$;
REVOKE ALL ON FUNCTION eventstore.pass_over_erased FROM PUBLIC;

CREATE TRIGGER pass_over_erased BEFORE INSERT ON eventstore.snapshot
FOR EACH ROW EXECUTE FUNCTION eventstore.pass_over_erased();

GRANT SELECT, INSERT, UPDATE, DELETE ON eventstore.snapshot TO trading_app;
GRANT SELECT ON eventstore.snapshot TO trading_reader;
