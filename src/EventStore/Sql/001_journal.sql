-- The journal: one row per event, kept for ever. Nothing in the append path ever updates a row, so that a foreign
-- session which holds an old snapshot open cannot make dead versions pile up under the writers.

CREATE TABLE eventstore.journal_stream (
  stream_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  -- Looked up with every append: by bytes, whatever language the database speaks.
  name text COLLATE "C" NOT NULL UNIQUE
);

CREATE TABLE eventstore.journal (
  log_offset bigint PRIMARY KEY,
  stream_id bigint NOT NULL,
  version bigint NOT NULL,
  event_id uuid NOT NULL,
  correlation_id uuid NOT NULL,
  causation_id uuid NOT NULL,
  occurred_at timestamptz NOT NULL,
  recorded_at timestamptz NOT NULL,
  type text NOT NULL,
  user_key bytea,
  digest bytea NOT NULL,
  payload bytea NOT NULL,
  CONSTRAINT journal_version UNIQUE (stream_id, version),
  CONSTRAINT journal_event_id UNIQUE (event_id)
);

-- Payloads are small and binary: trying to compress each costs more than it saves.
ALTER TABLE eventstore.journal ALTER COLUMN payload SET STORAGE EXTERNAL;

-- One row per commit: the links of the hash chain. The newest row is the head of the log.
CREATE TABLE eventstore.journal_batch (
  last_offset bigint PRIMARY KEY,
  first_offset bigint NOT NULL,
  recorded_at timestamptz NOT NULL,
  batch_id uuid NOT NULL,
  hash bytea NOT NULL
);

-- The one row that every append locks and nobody changes: commit order is offset order.
CREATE TABLE eventstore.journal_lock (
  only_row boolean PRIMARY KEY CHECK (only_row)
);
INSERT INTO eventstore.journal_lock VALUES (true);

-- Appends a batch of requests, each together or not at all.
--   p_streams      the distinct streams of the batch
--   p_about        for each of them, about where its version stands; right or wrong, the answer is the same, but a good
--                  guess saves reading a whole index page
--   r_…            one element per request: index into p_streams, expected version (-1: any), number of events
--   e_…            one element per event, in request order: index of its request, id, type …
--   outcomes[r]    0 appended: offsets[r], versions[r] are those of the last event
--                  1 conflict: versions[r] is the stream's version
--                  2 duplicate: an event of it is in the log already, at offsets[r]
CREATE FUNCTION eventstore.journal_append(
  p_batch_id uuid,
  p_streams text[],
  p_about bigint[],
  r_stream int[],
  r_expected bigint[],
  r_count int[],
  e_request int[],
  e_id uuid[],
  e_correlation uuid[],
  e_causation uuid[],
  e_type text[],
  e_user bytea[],
  e_occurred timestamptz[],
  e_digest bytea[],
  e_payload bytea[],
  OUT recorded_at timestamptz,
  OUT outcomes int[],
  OUT offsets bigint[],
  OUT versions bigint[]
)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
-- The plans below must not depend on the statistics of the moment.
SET enable_seqscan = off
SET enable_hashjoin = off
SET enable_mergejoin = off
SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
  head bigint;
  head_hash bytea;
  stream_ids bigint[];
  stored_versions bigint[];
  current_versions bigint[];
  requests int := cardinality(r_stream);
  offset_bases bigint[];
  version_bases bigint[];
  next_offset bigint;
  event_index bigint;
  refused boolean;
  looked_for_repeats boolean := false;
  repeats bigint[];
  twin_later int[];
  twin_earlier int[];
  twin bigint;
  s int;
BEGIN
  PERFORM FROM eventstore.journal_lock WHERE only_row FOR UPDATE;

  SELECT b.last_offset, b.recorded_at, b.hash INTO head, recorded_at, head_hash
  FROM eventstore.journal_batch b ORDER BY b.last_offset DESC LIMIT 1;
  head := coalesce(head, 0);
  head_hash := coalesce(head_hash, decode(repeat('00', 32), 'hex'));
  recorded_at := greatest(clock_timestamp(), recorded_at);

  SELECT array_agg(k.stream_id), array_agg(k.version) INTO stream_ids, stored_versions
  FROM (
    SELECT st.stream_id, coalesce(
      (SELECT j.version FROM eventstore.journal j WHERE j.stream_id = st.stream_id AND j.version >= n.about
        ORDER BY j.version DESC LIMIT 1),
      (SELECT j.version FROM eventstore.journal j WHERE j.stream_id = st.stream_id ORDER BY j.version DESC LIMIT 1),
      0) AS version
    FROM unnest(p_streams, p_about) WITH ORDINALITY n (name, about, place)
    LEFT JOIN eventstore.journal_stream st ON st.name = n.name
    ORDER BY n.place
  ) k;

  LOOP
    current_versions := stored_versions;
    next_offset := head;
    event_index := 0;
    refused := false;
    outcomes := array_fill(0, ARRAY[requests]);
    offsets := array_fill(0::bigint, ARRAY[requests]);
    versions := offsets;
    offset_bases := offsets;
    version_bases := offsets;

    -- Requests are judged in order, so that several on one stream see each other's effect.
    FOR r IN 1 .. requests LOOP
      s := r_stream[r];
      twin := NULL;
      IF looked_for_repeats THEN
        twin := repeats[r];
        IF twin IS NULL AND twin_later IS NOT NULL THEN
          SELECT max(offsets[p.earlier]) INTO twin
          FROM unnest(twin_later, twin_earlier) p (later, earlier) WHERE p.later = r AND outcomes[p.earlier] = 0;
        END IF;
      END IF;

      IF twin IS NOT NULL THEN
        outcomes[r] := 2;
        offsets[r] := twin;
      ELSIF r_expected[r] >= 0 AND r_expected[r] <> current_versions[s] THEN
        outcomes[r] := 1;
        versions[r] := current_versions[s];
        refused := true;
      ELSE
        offset_bases[r] := next_offset - event_index;
        version_bases[r] := current_versions[s] - event_index;
        next_offset := next_offset + r_count[r];
        offsets[r] := next_offset;
        current_versions[s] := current_versions[s] + r_count[r];
        versions[r] := current_versions[s];
      END IF;
      event_index := event_index + r_count[r];
    END LOOP;

    -- A repeat is the rare case: it is looked for only when a request is refused (a repeat explains it better) or when a
    -- unique index has spoken.
    IF looked_for_repeats OR NOT refused THEN
      IF next_offset = head THEN
        RETURN;
      END IF;

      BEGIN
        IF array_position(stream_ids, NULL) IS NOT NULL THEN
          INSERT INTO eventstore.journal_stream (name)
          SELECT n.name FROM unnest(p_streams) n (name) ON CONFLICT DO NOTHING;
          SELECT array_agg(st.stream_id ORDER BY n.place) INTO stream_ids
          FROM unnest(p_streams) WITH ORDINALITY n (name, place) JOIN eventstore.journal_stream st ON st.name = n.name;
        END IF;

        -- unnest in the select list hands rows on one by one; in FROM each array would first be copied out whole.
        INSERT INTO eventstore.journal (log_offset, stream_id, version, event_id, correlation_id, causation_id,
          occurred_at, recorded_at, type, user_key, digest, payload)
        SELECT offset_bases[e.r] + e.place, stream_ids[r_stream[e.r]], version_bases[e.r] + e.place, e.id, e.correlation,
          e.causation, e.occurred, journal_append.recorded_at, e.type, e.usr, e.digest, e.payload
        FROM (
          SELECT unnest(e_request) AS r, unnest(e_id) AS id, unnest(e_correlation) AS correlation,
            unnest(e_causation) AS causation, unnest(e_type) AS type, unnest(e_user) AS usr,
            unnest(e_occurred) AS occurred, unnest(e_digest) AS digest, unnest(e_payload) AS payload,
            generate_series(1, event_index) AS place
        ) e
        WHERE outcomes[e.r] = 0;
        EXIT;
      EXCEPTION WHEN unique_violation THEN
        IF looked_for_repeats THEN
          RAISE;
        END IF;
      END;
    END IF;

    looked_for_repeats := true;
    SELECT array_agg(k.at ORDER BY k.r) INTO repeats
    FROM (
      SELECT e.r, max(j.log_offset) AS at
      FROM unnest(e_request, e_id) e (r, id) LEFT JOIN eventstore.journal j ON j.event_id = e.id
      GROUP BY e.r
    ) k;
    -- Pairs of requests of this batch that share an event id.
    SET LOCAL enable_hashjoin = on;
    SELECT array_agg(b.r), array_agg(a.r) INTO twin_later, twin_earlier
    FROM unnest(e_request, e_id) a (r, id) JOIN unnest(e_request, e_id) b (r, id) ON a.id = b.id AND a.r < b.r;
  END LOOP;

  INSERT INTO eventstore.journal_batch (last_offset, first_offset, recorded_at, batch_id, hash)
  SELECT next_offset, head + 1, journal_append.recorded_at, p_batch_id, sha256(
    head_hash || int8send(head + 1) || int8send(next_offset - head)
    || int8send((extract(epoch FROM journal_append.recorded_at) * 1000000)::bigint)
    || string_agg(int8send(version_bases[e.r] + e.place) || e.digest, ''::bytea))
  FROM (
    SELECT unnest(e_request) AS r, unnest(e_digest) AS digest, generate_series(1, event_index) AS place
  ) e
  WHERE outcomes[e.r] = 0;

  PERFORM pg_notify('trading_journal', next_offset::text);
END
$$;

CREATE FUNCTION eventstore.refuse_change() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
  RAISE EXCEPTION '% of % refused: the journal is append-only', TG_OP, TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END
$$;

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON eventstore.journal
FOR EACH STATEMENT EXECUTE FUNCTION eventstore.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON eventstore.journal_batch
FOR EACH STATEMENT EXECUTE FUNCTION eventstore.refuse_change();

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA eventstore FROM PUBLIC;
GRANT USAGE ON SCHEMA eventstore TO trading_app, trading_reader;
GRANT SELECT ON eventstore.migration TO trading_app, trading_reader;
GRANT SELECT ON eventstore.journal, eventstore.journal_stream, eventstore.journal_batch TO trading_app, trading_reader;
GRANT EXECUTE ON FUNCTION eventstore.journal_append TO trading_app;
