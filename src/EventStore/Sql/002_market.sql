-- The market log: one row per flush of ticks, partitioned by offset so that retention drops whole partitions.

CREATE TABLE eventstore.market_stream (
  stream_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text NOT NULL UNIQUE,
  epoch bigint NOT NULL DEFAULT 0,
  -- The version reached when the stream's last partitions were dropped
  retired_version bigint NOT NULL DEFAULT 0
);

CREATE TABLE eventstore.market (
  first_offset bigint PRIMARY KEY,
  last_offset bigint NOT NULL,
  stream_id bigint NOT NULL,
  last_version bigint NOT NULL,
  epoch bigint NOT NULL,
  record_id uuid NOT NULL,
  recorded_at timestamptz NOT NULL,
  ticks bytea NOT NULL
) PARTITION BY RANGE (first_offset);

CREATE INDEX market_of_stream ON eventstore.market (stream_id, first_offset);
ALTER TABLE eventstore.market ALTER COLUMN ticks SET STORAGE EXTERNAL;

CREATE TABLE eventstore.market_lock (
  only_row boolean PRIMARY KEY CHECK (only_row)
);
INSERT INTO eventstore.market_lock VALUES (true);

-- Makes the partition that holds an offset. A table made first and then attached takes no lock that a reader, however
-- long its transaction, could stand in the way of.
CREATE FUNCTION eventstore.market_add_partition(p_offset bigint) RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  ticks_each CONSTANT bigint := 16777216;
  place bigint := p_offset / ticks_each;
  name text := 'market_' || lpad(place::text, 10, '0');
BEGIN
  IF to_regclass('eventstore.' || name) IS NULL THEN
    EXECUTE format('CREATE TABLE eventstore.%I (LIKE eventstore.market INCLUDING ALL)', name);
    EXECUTE format('ALTER TABLE eventstore.%I ADD CONSTRAINT bounds CHECK (first_offset >= %s AND first_offset < %s)',
      name, place * ticks_each, (place + 1) * ticks_each);
    EXECUTE format('ALTER TABLE eventstore.market ATTACH PARTITION eventstore.%I FOR VALUES FROM (%s) TO (%s)',
      name, place * ticks_each, (place + 1) * ticks_each);
    EXECUTE format('GRANT SELECT ON eventstore.%I TO trading_app, trading_reader', name);
  END IF;
END
$$;

SELECT eventstore.market_add_partition(1);

-- Appends records of ticks, one per request; outcomes as in journal_append, without duplicates.
CREATE FUNCTION eventstore.market_append(
  p_streams text[],
  r_stream int[],
  r_epoch bigint[],
  r_count int[],
  r_id uuid[],
  r_ticks bytea[],
  OUT recorded_at timestamptz,
  OUT outcomes int[],
  OUT offsets bigint[],
  OUT versions bigint[]
)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
AS $$
DECLARE
  head bigint;
  next_offset bigint;
  stream_ids bigint[];
  stream_epochs bigint[];
  current_versions bigint[];
  s int;
BEGIN
  PERFORM FROM eventstore.market_lock WHERE only_row FOR UPDATE;

  SELECT m.last_offset, m.recorded_at INTO head, recorded_at
  FROM eventstore.market m ORDER BY m.first_offset DESC LIMIT 1;
  head := coalesce(head, 0);
  next_offset := head;
  recorded_at := greatest(clock_timestamp(), recorded_at);

  INSERT INTO eventstore.market_stream (name)
  SELECT n.name FROM unnest(p_streams) n (name)
  WHERE NOT EXISTS (SELECT FROM eventstore.market_stream st WHERE st.name = n.name);

  SELECT array_agg(k.stream_id), array_agg(k.epoch), array_agg(k.version)
  INTO stream_ids, stream_epochs, current_versions
  FROM (
    SELECT st.stream_id, st.epoch, coalesce((
      SELECT m.last_version FROM eventstore.market m WHERE m.stream_id = st.stream_id ORDER BY m.first_offset DESC LIMIT 1
    ), st.retired_version) AS version
    FROM unnest(p_streams) WITH ORDINALITY n (name, place) JOIN eventstore.market_stream st ON st.name = n.name
    ORDER BY n.place
  ) k;

  FOR r IN 1 .. cardinality(r_stream) LOOP
    s := r_stream[r];
    IF stream_epochs[s] <> r_epoch[r] THEN
      outcomes[r] := 2;
      offsets[r] := 0;
      versions[r] := stream_epochs[s];
    ELSE
      -- One partition ahead, so that a reader never waits for the making of one.
      IF next_offset = 0 OR (next_offset + r_count[r]) / 16777216 > next_offset / 16777216 THEN
        PERFORM eventstore.market_add_partition(next_offset + r_count[r]);
        PERFORM eventstore.market_add_partition(next_offset + r_count[r] + 16777216);
      END IF;
      current_versions[s] := current_versions[s] + r_count[r];
      INSERT INTO eventstore.market (first_offset, last_offset, stream_id, last_version, epoch, record_id, recorded_at, ticks)
      VALUES (next_offset + 1, next_offset + r_count[r], stream_ids[s], current_versions[s], r_epoch[r], r_id[r],
        market_append.recorded_at, r_ticks[r]);
      next_offset := next_offset + r_count[r];
      outcomes[r] := 0;
      offsets[r] := next_offset;
      versions[r] := current_versions[s];
    END IF;
  END LOOP;

  IF next_offset > head THEN
    PERFORM pg_notify('trading_market', next_offset::text);
  END IF;
END
$$;

CREATE FUNCTION eventstore.market_claim(p_stream text, OUT epoch bigint, OUT version bigint)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  claimed eventstore.market_stream;
BEGIN
  PERFORM FROM eventstore.market_lock WHERE only_row FOR UPDATE;
  INSERT INTO eventstore.market_stream AS st (name, epoch) VALUES (p_stream, 1)
  ON CONFLICT (name) DO UPDATE SET epoch = st.epoch + 1
  RETURNING st.* INTO claimed;
  epoch := claimed.epoch;
  version := coalesce((
    SELECT m.last_version FROM eventstore.market m WHERE m.stream_id = claimed.stream_id
    ORDER BY m.first_offset DESC LIMIT 1), claimed.retired_version);
END
$$;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA eventstore FROM PUBLIC;
GRANT SELECT ON eventstore.market, eventstore.market_stream TO trading_app, trading_reader;
GRANT EXECUTE ON FUNCTION eventstore.market_append, eventstore.market_claim TO trading_app;
