using Holdfast.Pipeline;
using Holdfast.Sqlite.Native;
using Holdfast.Storage;

namespace Holdfast.Sqlite.Store;

/// <summary>
/// Reads events. Order is (timestamp, position), newest first: both indexes end in it, so a page never sorts. Which index is used
/// is written down here and not left to a planner without statistics.
/// </summary>
internal static class EventReader
{
    private const string Columns =
        "SELECT e.position, e.id, e.event_type, e.timestamp, e.source, e.data, e.metadata, e.category, s.spool_id, e.received_at";

    private const string Join = " CROSS JOIN spool_totals s ON s.spool_key = e.position >> 48 ";

    // ?1 since, ?2 and ?3 the place before which to read; then the filters, NULL meaning none. LIKE ignores the case of ASCII letters only.
    private const string Filters =
        """
         e.timestamp >= ?1 AND (e.timestamp, e.position) < (?2, ?3)
        AND (?4 IS NULL OR e.event_type = ?4)
        AND (?5 IS NULL OR e.source = ?5)
        AND (?6 IS NULL OR e.category = ?6)
        AND (?7 IS NULL OR e.id = ?7)
        AND (?8 IS NULL OR (instr(e.metadata, '"correlation_id"') > 0 AND json_extract(e.metadata, '$.correlation_id') = ?8))
        AND (?9 IS NULL OR e.event_type LIKE ?9 ESCAPE '\' OR e.source LIKE ?9 ESCAPE '\' OR e.data LIKE ?9 ESCAPE '\')
        ORDER BY e.timestamp DESC, e.position DESC LIMIT ?10
        """;

    private const string SelectById = Columns + " FROM monitoring_events e INDEXED BY monitoring_events_id" + Join + "WHERE e.id = ?7 AND" + Filters;

    private const string SelectByType =
        Columns + " FROM monitoring_events e INDEXED BY monitoring_events_event_type_timestamp" + Join + "WHERE e.event_type = ?4 AND" + Filters;

    private const string SelectByTime = Columns + " FROM monitoring_events e INDEXED BY monitoring_events_timestamp" + Join + "WHERE" + Filters;

    private const string SelectPosition = "SELECT min(position) FROM monitoring_events WHERE id = ? AND timestamp = ?";

    private const string SelectAfter =
        Columns + " FROM monitoring_events e" + Join + "WHERE e.position > ?1 AND e.position < ?2 ORDER BY e.position LIMIT ?3";

    public static EventPage Query(SqliteDatabase database, EventQuery query)
    {
        var limit = Math.Clamp(query.Limit, 1, 500);
        using var rows = database.Prepare(query.EventId is not null ? SelectById : query.EventType is not null ? SelectByType : SelectByTime);
        Bind(rows, query, UpperBound(database, query), limit + 1); // one more tells whether there is a next page
        return EventPage.Take(ReadAll(rows), limit);
    }

    public static IReadOnlyList<StoredEvent> ReadAfter(SqliteDatabase database, Guid epoch, long afterSequence, int limit)
    {
        if (SpoolAccount.Find(database, epoch) is not { } account)
        {
            return [];
        }

        using var rows = database.Prepare(SelectAfter)
            .Bind(1, EventPosition.Of(account.Key, Math.Max(0, afterSequence))).Bind(2, EventPosition.End(account.Key)).Bind(3, limit);
        return EventPage.Take(ReadAll(rows), limit).Items;
    }

    private static void Bind(SqliteStatement rows, EventQuery query, (long Timestamp, long Position) upper, int limit) => rows
        .Bind(1, query.Since is { } since ? UnixMicroseconds.From(since) : long.MinValue)
        .Bind(2, upper.Timestamp).Bind(3, upper.Position)
        .Bind(4, query.EventType).Bind(5, query.Source).Bind(6, (long?)query.Category)
        .Bind(7, query.EventId).Bind(8, query.CorrelationId)
        .Bind(9, query.Text is { Length: > 0 } text ? Like.Literally(text) : null)
        .Bind(10, limit);

    /// <summary>
    /// The place before which the page begins: the end of the last page or the upper bound of time, whichever is earlier. No position is
    /// below 0, so (t, 0) lies before everything that happened at t.
    /// </summary>
    private static (long Timestamp, long Position) UpperBound(SqliteDatabase database, EventQuery query)
    {
        var until = query.Until is { } end ? (UnixMicroseconds.From(end), 0L) : (long.MaxValue, 0L);
        if (query.Before is not { } last)
        {
            return until;
        }

        using var row = database.Prepare(SelectPosition).Bind(1, last.EventId).Bind(2, last.TimestampMicroseconds);
        // When the row is gone since, so is what happened at that instant: rows leave by time.
        var position = row.Step() && !row.IsNull(0) ? row.Int64(0) : 0;
        return last.TimestampMicroseconds < until.Item1 ? (last.TimestampMicroseconds, position) : until;
    }

    private static IEnumerable<StoredEvent> ReadAll(SqliteStatement rows)
    {
        while (rows.Step())
        {
            yield return Read(rows);
        }
    }

    private static StoredEvent Read(SqliteStatement row) => new()
    {
        SequenceId = EventPosition.SequenceOf(row.Int64(0)),
        EventId = row.Guid(1),
        EventType = row.Text(2),
        Timestamp = UnixMicroseconds.ToInstant(row.Int64(3)),
        Source = row.Text(4),
        DataJson = row.Text(5),
        MetadataJson = row.Text(6),
        Category = (EventCategory)row.Int64(7),
        Epoch = row.Guid(8),
        ReceivedAt = UnixMicroseconds.ToInstant(row.Int64(9)),
    };
}
