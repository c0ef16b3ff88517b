using System.Text.Json;
using Holdfast.Pipeline;
using Holdfast.Pipeline.DeadLetters;
using Holdfast.Spool;
using Holdfast.Sqlite.Native;
using Holdfast.Storage;

namespace Holdfast.Sqlite.Store;

/// <summary>Reads dead letters. Ids grow with time, so their order is that of arrival.</summary>
internal static class DeadLetterReader
{
    private const string Columns =
        """
        id, status, kind, row_count, original_payload, format_version, size_bytes, failure_reason, sqlstate, constraint_name, column_name, fingerprint,
        retry_count, max_retries, created_at, last_retry_at, next_retry_at, recovered_at, spool_id, batch_seq, row, sequence_id, received_at,
        lease_until, leased_by, version
        """;

    private const int PayloadColumn = 26;

    // ?1 to ?11: NULL, or 0 for the last, means none; ?12 is 0 for none. LIKE ignores the case of ASCII letters only.
    private const string Filters =
        """
        (?1 IS NULL OR status = ?1)
        AND (?2 IS NULL OR kind = ?2)
        AND (?3 IS NULL OR fingerprint = ?3)
        AND (?4 IS NULL OR sqlstate = ?4)
        AND (?5 IS NULL OR created_at >= ?5)
        AND (?6 IS NULL OR created_at < ?6)
        AND (?7 IS NULL OR json_extract(original_payload, '$.event_type') = ?7)
        AND (?8 IS NULL OR json_extract(original_payload, '$.source') = ?8)
        AND (?9 IS NULL OR json_extract(original_payload, '$.metadata.correlation_id') = ?9)
        AND (?10 IS NULL OR original_payload LIKE ?10 ESCAPE '\' OR failure_reason LIKE ?10 ESCAPE '\')
        AND (?11 = 0 OR status IN ('pending', 'retrying', 'failed'))
        AND id > ?12
        """;

    private const string SelectPage = "SELECT " + Columns + " FROM dead_letter_queue WHERE id < ?13 AND " + Filters + " ORDER BY id DESC LIMIT ?14";

    private const string SelectOne = "SELECT " + Columns + ", payload_bytes FROM dead_letter_queue WHERE id = ?";

    private const string SelectIds = "SELECT id FROM dead_letter_queue WHERE " + Filters + " ORDER BY id LIMIT ?13";

    private const string SelectGroups =
        "SELECT fingerprint, count(*), sum(row_count), min(created_at), max(created_at), max(id) FROM dead_letter_queue WHERE "
        + Filters + " GROUP BY fingerprint ORDER BY count(*) DESC, fingerprint LIMIT ?13";

    private const string SelectExample = "SELECT kind, failure_reason, sqlstate, constraint_name, column_name FROM dead_letter_queue WHERE id = ?";

    private const string SelectCounts = "SELECT status, count(*), sum(size_bytes), min(created_at) FROM dead_letter_queue INDEXED BY dead_letter_queue_size GROUP BY status";

    public static DeadLetterPage List(SqliteDatabase database, DeadLetterQuery query)
    {
        var limit = Math.Clamp(query.Limit, 1, 500);
        using var rows = Bind(database.Prepare(SelectPage), query.Filter).Bind(13, query.BeforeId ?? long.MaxValue).Bind(14, limit + 1);
        return DeadLetterPage.Take(ReadAll(rows), limit);
    }

    public static DeadLetter? Get(SqliteDatabase database, long id)
    {
        using var row = database.Prepare(SelectOne).Bind(1, id);
        return row.Step() ? Read(row) with { Payload = row.Blob(PayloadColumn).ToArray() } : null;
    }

    public static IReadOnlyList<long> Find(SqliteDatabase database, DeadLetterFilter filter, int limit)
    {
        using var rows = Bind(database.Prepare(SelectIds), filter).Bind(13, limit);
        return ReadIds(rows);
    }

    public static IReadOnlyList<DeadLetterGroup> Group(SqliteDatabase database, DeadLetterFilter filter, int limit)
    {
        var groups = new List<DeadLetterGroup>();
        using var rows = Bind(database.Prepare(SelectGroups), filter).Bind(13, limit);
        while (rows.Step())
        {
            groups.Add(ReadGroup(database, rows));
        }

        return groups;
    }

    public static DeadLetterTotals Count(SqliteDatabase database)
    {
        var counts = new long[DeadLetterStatuses.Names.Count];
        var bytes = 0L;
        DateTimeOffset? oldest = null;
        using var rows = database.Prepare(SelectCounts);
        while (rows.Step())
        {
            var status = DeadLetterStatuses.Parse(rows.Text(0));
            counts[(int)status] = rows.Int64(1);
            bytes += rows.Int64(2);
            oldest = status == DeadLetterStatus.Pending ? UnixMicroseconds.ToInstant(rows.Int64(3)) : oldest;
        }

        return new DeadLetterTotals(counts[0], counts[1], counts[2], counts[3], counts[4], bytes, oldest);
    }

    public static IReadOnlyList<long> ReadIds(SqliteStatement rows)
    {
        var ids = new List<long>();
        while (rows.Step())
        {
            ids.Add(rows.Int64(0));
        }

        return ids;
    }

    /// <summary>Ids as one parameter, for <c>json_each</c>.</summary>
    public static string List(IReadOnlyList<long> ids) => JsonSerializer.Serialize(ids);

    private static DeadLetterGroup ReadGroup(SqliteDatabase database, SqliteStatement row)
    {
        var exampleId = row.Int64(5);
        using var example = database.Prepare(SelectExample).Bind(1, exampleId);
        example.Step();
        return new DeadLetterGroup(
            row.Text(0), KindOf(example.Text(0)), row.Int64(1), row.Int64(2), UnixMicroseconds.ToInstant(row.Int64(3)),
            UnixMicroseconds.ToInstant(row.Int64(4)), exampleId, RefusalAt(example, 1));
    }

    private static SqliteStatement Bind(SqliteStatement statement, DeadLetterFilter filter) => statement
        .Bind(1, filter.Status is { } status ? DeadLetterStatuses.NameOf(status) : null)
        .Bind(2, filter.Kind is { } kind ? DeadLetter.KindNameOf(kind) : null)
        .Bind(3, filter.Fingerprint).Bind(4, filter.Code)
        .Bind(5, Microseconds(filter.Since)).Bind(6, Microseconds(filter.Until))
        .Bind(7, filter.EventType).Bind(8, filter.Source).Bind(9, filter.CorrelationId)
        .Bind(10, filter.Text is { Length: > 0 } text ? Like.Literally(text) : null)
        .Bind(11, filter.OpenOnly ? 1 : 0)
        .Bind(12, filter.AfterId);

    private static long? Microseconds(DateTimeOffset? instant) => instant is { } at ? UnixMicroseconds.From(at) : null;

    private static DateTimeOffset? InstantOrNull(SqliteStatement row, int column) =>
        row.Int64OrNull(column) is { } microseconds ? UnixMicroseconds.ToInstant(microseconds) : null;

    private static SpoolKind KindOf(string name) => name == "event" ? SpoolKind.Event : SpoolKind.Sample;

    private static Refusal RefusalAt(SqliteStatement row, int column) => new(
        row.TextOrNull(column + 1) ?? "", row.TextOrNull(column + 2), row.TextOrNull(column + 3), row.TextOrNull(column) ?? "");

    private static IEnumerable<DeadLetter> ReadAll(SqliteStatement rows)
    {
        while (rows.Step())
        {
            yield return Read(rows);
        }
    }

    private static DeadLetter Read(SqliteStatement row) => new()
    {
        Id = row.Int64(0),
        Status = DeadLetterStatuses.Parse(row.Text(1)),
        Kind = KindOf(row.Text(2)),
        RowCount = (int)row.Int64(3),
        PayloadJson = row.Text(4),
        FormatVersion = (byte)row.Int64(5),
        SizeBytes = row.Int64(6),
        Refusal = RefusalAt(row, 7),
        Fingerprint = row.Text(11),
        RetryCount = (int)row.Int64(12),
        MaxRetries = (int)row.Int64(13),
        CreatedAt = UnixMicroseconds.ToInstant(row.Int64(14)),
        LastRetryAt = InstantOrNull(row, 15),
        NextRetryAt = InstantOrNull(row, 16),
        RecoveredAt = InstantOrNull(row, 17),
        SpoolId = row.Guid(18),
        BatchSeq = row.Int64(19),
        Row = (int)row.Int64(20),
        SequenceId = row.Int64OrNull(21),
        ReceivedAt = UnixMicroseconds.ToInstant(row.Int64(22)),
        LeaseUntil = InstantOrNull(row, 23),
        LeasedBy = row.TextOrNull(24),
        Version = (int)row.Int64(25),
    };
}
