-- Clustered by minute, and by series within it: what comes at one time from many series lies on few pages, and one series in one minute is
-- still one range. Clustered by series alone, each row of a batch was written to a page of its own.
-- minute_ms is the start of the minute that holds time_ms. Equal times: the highest position was written last.
CREATE TABLE samples_by_minute (
  minute_ms  INTEGER NOT NULL,
  series_key INTEGER NOT NULL,
  time_ms    INTEGER NOT NULL CONSTRAINT sample_time_range CHECK (time_ms BETWEEN -62135596800000 AND 253402300799999),
  spool_key  INTEGER NOT NULL,
  position   INTEGER NOT NULL, -- batch_seq << 16 | row
  value      REAL NOT NULL CONSTRAINT value_is_finite CHECK (abs(value) <= 1.7976931348623157e308),
  PRIMARY KEY (minute_ms, series_key, time_ms, spool_key, position)
) STRICT, WITHOUT ROWID;

INSERT INTO samples_by_minute
SELECT time_ms - (time_ms % 60000 + 60000) % 60000, series_key, time_ms, spool_key, position, value FROM samples ORDER BY 1, 2, 3, 4, 5;

DROP TABLE samples;
ALTER TABLE samples_by_minute RENAME TO samples;
