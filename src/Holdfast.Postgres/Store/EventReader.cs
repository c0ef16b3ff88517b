using Holdfast.Pipeline;
using Holdfast.Postgres.Database;
using Holdfast.Storage;
using Npgsql;

namespace Holdfast.Postgres.Store;

/// <summary>Reads events. Order is (timestamp, epoch, sequence_id), newest first.</summary>
internal static class EventReader
{
    private const string Columns =
        "SELECT e.id, e.event_type, e.\"timestamp\", e.source, e.data::text, e.metadata::text, e.category, e.epoch, e.sequence_id, e.received_at, e.data_text FROM monitoring.monitoring_events e WHERE ";

    // $1 to $2 the time, $3 and $4 the place at $2 before which to read; then the filters, NULL meaning none. "C" knows the case of ASCII
    // letters only, as the contract wants it.
    private const string Filters =
        """
        e."timestamp" >= $1 AND e."timestamp" <= $2 AND (e."timestamp", e.epoch, e.sequence_id) < ($2, $3, $4)
        AND ($5::text IS NULL OR e.source = $5)
        AND ($6::text IS NULL OR e.category = $6)
        AND ($7::text IS NULL OR e.metadata ->> 'correlation_id' = $7)
        AND ($8::text IS NULL OR strpos(lower(e.event_type COLLATE "C"), lower($8 COLLATE "C")) > 0
          OR strpos(lower(e.source COLLATE "C"), lower($8 COLLATE "C")) > 0 OR strpos(lower(e.data::text COLLATE "C"), lower($8 COLLATE "C")) > 0)
        AND ($9::text IS NULL OR e.event_type = $9)
        AND ($10::uuid IS NULL OR e.id = $10)
        ORDER BY e."timestamp" DESC, e.epoch DESC, e.sequence_id DESC LIMIT $11
        """;

    private const string Select = Columns + Filters;

    private const string SelectPlace =
        "SELECT epoch, sequence_id FROM monitoring.monitoring_events WHERE id = $1 AND \"timestamp\" = $2 ORDER BY epoch, sequence_id LIMIT 1";

    private const string SelectAfter = Columns + "e.epoch = $1 AND e.sequence_id > $2 ORDER BY e.sequence_id LIMIT $3";

    private static readonly long TimeMin = UnixMicroseconds.From(DateTimeOffset.MinValue);
    private static readonly long TimeMax = UnixMicroseconds.From(DateTimeOffset.MaxValue);

    public static async ValueTask<EventPage> QueryAsync(
        NpgsqlConnection connection, EventQuery query, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var limit = Math.Clamp(query.Limit, 1, 500);
        var from = query.Since is { } since ? UnixMicroseconds.From(since) : TimeMin;
        var end = await FindEndAsync(connection, query, cancellationToken);
        using var json = new JsonColumn();
        var items = new List<StoredEvent>();
        foreach (var window in Windows(query, from, end.Timestamp, now))
        {
            // Only the newest stretch ends at the place itself, the others end where the one before began.
            var place = window.To == end.Timestamp ? end : new Place(window.To, Guid.Empty, 0);
            await ReadAsync(connection, query, window.From, place, json, items, limit + 1, cancellationToken); // one more tells whether there is a next page
            if (EventPage.Take(items, limit) is { Next: not null } page)
            {
                return page;
            }
        }

        return EventPage.Take(items, limit);
    }

    public static async ValueTask<IReadOnlyList<StoredEvent>> ReadAfterAsync(
        NpgsqlConnection connection, Guid epoch, long afterSequence, int limit, CancellationToken cancellationToken)
    {
        using var json = new JsonColumn();
        var items = new List<StoredEvent>();
        var bytes = 0L;
        await connection.ReadAsync(
            SelectAfter,
            row =>
            {
                items.Add(Read(row, json));
                bytes += items[^1].DataJson.Length + items[^1].MetadataJson.Length;
                return bytes < EventPage.BytesMax;
            },
            cancellationToken,
            epoch,
            afterSequence,
            limit);
        return items;
    }

    // With a type or an id an index has the rows in order, or there are few.
    private static IEnumerable<TimeWindow> Windows(EventQuery query, long from, long to, DateTimeOffset now) =>
        query.EventType is null && query.EventId is null
            ? TimeWindows.NewestFirst(from, to, UnixMicroseconds.From(now))
            : [new TimeWindow(from, to)];

    /// <summary>
    /// The place before which the page begins: the end of the last page or the upper bound of time, whichever is earlier. Nothing is
    /// below the lowest epoch and number, so with those it lies before everything that happened at the instant.
    /// </summary>
    private static async ValueTask<Place> FindEndAsync(NpgsqlConnection connection, EventQuery query, CancellationToken cancellationToken)
    {
        var until = new Place(query.Until is { } end ? UnixMicroseconds.From(end) : TimeMax, Guid.Empty, 0);
        if (query.Before is not { } last || last.TimestampMicroseconds >= until.Timestamp)
        {
            return until;
        }

        // When the row is gone since, so is what happened at that instant: rows leave by time.
        var atInstant = new Place(last.TimestampMicroseconds, Guid.Empty, 0);
        var found = await connection.QueryAsync(
            SelectPlace,
            row => atInstant with { Epoch = row.GetGuid(0), Sequence = row.GetInt64(1) },
            cancellationToken,
            last.EventId,
            UnixMicroseconds.ToInstant(last.TimestampMicroseconds).UtcDateTime);
        return found.Count == 0 ? atInstant : found[0];
    }

    /// <summary>Adds the events of a stretch, up to the number asked for or until they are more bytes than a page has.</summary>
    private static ValueTask ReadAsync(
        NpgsqlConnection connection, EventQuery query, long from, Place end, JsonColumn json, List<StoredEvent> items, int itemsMax, CancellationToken cancellationToken)
    {
        var bytes = 0L;
        return connection.ReadAsync(
            Select,
            row =>
            {
                var enough = bytes >= EventPage.BytesMax; // this one only tells that there is a next page
                items.Add(Read(row, json));
                bytes += items[^1].DataJson.Length + items[^1].MetadataJson.Length;
                return !enough;
            },
            cancellationToken,
            UnixMicroseconds.ToInstant(from).UtcDateTime,
            UnixMicroseconds.ToInstant(end.Timestamp).UtcDateTime,
            end.Epoch,
            end.Sequence,
            query.Source,
            query.Category is { } category ? EventCategories.Name(category) : null,
            query.CorrelationId,
            query.Text is { Length: > 0 } text ? text : null,
            query.EventType,
            query.EventId,
            itemsMax - items.Count);
    }

    private static StoredEvent Read(NpgsqlDataReader row, JsonColumn json) => new()
    {
        EventId = row.GetGuid(0),
        EventType = row.GetString(1),
        Timestamp = row.GetFieldValue<DateTimeOffset>(2),
        Source = row.GetString(3),
        DataJson = row.IsDBNull(10) ? json.Canonical(row.GetString(4)) : row.GetString(10),
        MetadataJson = json.Canonical(row.GetString(5)),
        Category = EventCategories.TryParse(row.GetString(6), out var category) ? category : EventCategory.System,
        Epoch = row.GetGuid(7),
        SequenceId = row.GetInt64(8),
        ReceivedAt = row.GetFieldValue<DateTimeOffset>(9),
    };

    private readonly record struct Place(long Timestamp, Guid Epoch, long Sequence);
}
