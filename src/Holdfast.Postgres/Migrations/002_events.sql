-- Events, by the day (UTC) on which they were received: what arrives late needs no old partition, and an id is unique within its day.
-- There is no default partition: it would hide a wrong clock, and its rows would stand in the way of the partition they belong into.
-- A row that breaks a constraint becomes a dead letter; its neighbours are stored.
CREATE TABLE IF NOT EXISTS monitoring.monitoring_events (
  id          uuid        NOT NULL,
  event_type  text        NOT NULL CONSTRAINT event_type_length CHECK (char_length(event_type) BETWEEN 1 AND 50),
  -- the years 1 to 9999: what a reader can show
  "timestamp" timestamptz NOT NULL CONSTRAINT timestamp_range CHECK ("timestamp" >= '0001-01-01T00:00:00Z' AND "timestamp" < '10000-01-01T00:00:00Z'),
  source      text        NOT NULL CONSTRAINT source_length CHECK (char_length(source) <= 100),
  data        jsonb       NOT NULL CONSTRAINT data_is_an_object CHECK (jsonb_typeof(data) = 'object'),
  metadata    jsonb       NOT NULL CONSTRAINT metadata_is_an_object CHECK (jsonb_typeof(metadata) = 'object'),
  category    text        NOT NULL CONSTRAINT category_is_known CHECK (category IN ('critical', 'performance', 'user_activity', 'system', 'debug')),
  epoch       uuid        NOT NULL,
  sequence_id bigint      NOT NULL,
  received_at timestamptz NOT NULL,
  received_on date        NOT NULL,
  -- data as it was written, where JSONB would write a number in another way (1e-7 as 0.0000001), and NULL otherwise: the event's checksum is
  -- over the text
  data_text   text,
  CONSTRAINT monitoring_events_id_received_on_key UNIQUE (id, received_on)
) PARTITION BY RANGE (received_on);

CREATE INDEX IF NOT EXISTS monitoring_events_event_type_timestamp ON monitoring.monitoring_events (event_type, "timestamp");
CREATE INDEX IF NOT EXISTS monitoring_events_epoch_sequence_id ON monitoring.monitoring_events (epoch, sequence_id);

-- Finds the newest events of all types. Rows come nearly in the order of time, which makes an index of a few pages enough.
CREATE INDEX IF NOT EXISTS monitoring_events_timestamp ON monitoring.monitoring_events
  USING brin ("timestamp") WITH (pages_per_range = 64, autosummarize = on);

-- Approach rpc. Rows: id, client_id, event_type, timestamp, source, data, metadata, category, epoch, sequence_id, received_at, received_on, data_text.
-- Returns how many were stored; the others are repeats of an id within 24 hours. Only an id that a client chose can come twice across midnight.
CREATE OR REPLACE FUNCTION monitoring.insert_monitoring_events_batch(p_rows jsonb) RETURNS integer
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS
$$
  WITH given AS (
    SELECT * FROM ROWS FROM (jsonb_to_recordset(p_rows) AS (
      id uuid, client_id boolean, event_type text, "timestamp" timestamptz, source text, data jsonb, metadata jsonb, category text,
      epoch uuid, sequence_id bigint, received_at timestamptz, received_on date, data_text text)) WITH ORDINALITY AS r (
      id, client_id, event_type, "timestamp", source, data, metadata, category, epoch, sequence_id, received_at, received_on, data_text, place)
  ), stored AS (
    INSERT INTO monitoring.monitoring_events
      (id, event_type, "timestamp", source, data, metadata, category, epoch, sequence_id, received_at, received_on, data_text)
    SELECT id, event_type, "timestamp", source, data, metadata, category, epoch, sequence_id, received_at, received_on, data_text
    FROM given g
    WHERE g.client_id IS NOT TRUE OR NOT EXISTS (
      SELECT FROM monitoring.monitoring_events e
      WHERE e.id = g.id AND e.received_on IN (g.received_on - 1, g.received_on + 1)
        AND e.received_at BETWEEN g.received_at - interval '24 hours' AND g.received_at + interval '24 hours')
    ORDER BY place
    ON CONFLICT (id, received_on) DO NOTHING
    RETURNING 1
  )
  SELECT count(*)::integer FROM stored
$$;

-- Approach view. For people it is the way to read events, and to insert one with defaults for what they leave out.
CREATE OR REPLACE VIEW monitoring.monitoring_events_view AS
SELECT id, event_type, "timestamp", source, data, metadata, category, epoch, sequence_id, received_at, received_on, data_text
FROM monitoring.monitoring_events;

CREATE OR REPLACE FUNCTION monitoring.monitoring_events_view_insert() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS
$$
BEGIN
  NEW.received_at := coalesce(NEW.received_at, holdfast.clock());
  NEW.received_on := coalesce(NEW.received_on, (NEW.received_at AT TIME ZONE 'UTC')::date);
  INSERT INTO monitoring.monitoring_events
    (id, event_type, "timestamp", source, data, metadata, category, epoch, sequence_id, received_at, received_on, data_text)
  VALUES (
    coalesce(NEW.id, gen_random_uuid()), NEW.event_type, coalesce(NEW."timestamp", NEW.received_at), coalesce(NEW.source, 'unknown'),
    coalesce(NEW.data, '{}'), coalesce(NEW.metadata, '{}'), coalesce(NEW.category, 'system'),
    coalesce(NEW.epoch, '00000000-0000-0000-0000-000000000000'), coalesce(NEW.sequence_id, 0), NEW.received_at, NEW.received_on, NEW.data_text);
  RETURN NEW;
END
$$;

DROP TRIGGER IF EXISTS monitoring_events_view_insert ON monitoring.monitoring_events_view;
CREATE TRIGGER monitoring_events_view_insert INSTEAD OF INSERT ON monitoring.monitoring_events_view
  FOR EACH ROW EXECUTE FUNCTION monitoring.monitoring_events_view_insert();
