using Holdfast.Pipeline;
using Holdfast.Pipeline.DeadLetters;
using Holdfast.Postgres.Database;
using Holdfast.Spool;
using Npgsql;

namespace Holdfast.Postgres.Store;

/// <summary>Reads dead letters. Ids grow with time, so their order is that of arrival.</summary>
internal static class DeadLetterReader
{
    private const string Columns =
        """
        id, status, kind, row_count, original_payload::text, format_version, size_bytes, failure_reason, sqlstate, constraint_name, column_name,
        fingerprint, retry_count, max_retries, created_at, last_retry_at, next_retry_at, recovered_at, spool_id, batch_seq, row, sequence_id,
        received_at, lease_until, leased_by, version
        """;

    private const int PayloadColumn = 26;

    // $1 to $11: NULL, or false for the last, means none; $12 is 0 for none. "C" knows the case of ASCII letters only, as the contract wants it.
    private const string Filters =
        """
        ($1::text IS NULL OR status = $1)
        AND ($2::text IS NULL OR kind = $2)
        AND ($3::text IS NULL OR fingerprint = $3)
        AND ($4::text IS NULL OR sqlstate = $4)
        AND ($5::timestamptz IS NULL OR created_at >= $5)
        AND ($6::timestamptz IS NULL OR created_at < $6)
        AND ($7::text IS NULL OR original_payload ->> 'event_type' = $7)
        AND ($8::text IS NULL OR original_payload ->> 'source' = $8)
        AND ($9::text IS NULL OR original_payload #>> '{metadata,correlation_id}' = $9)
        AND ($10::text IS NULL OR strpos(lower(original_payload::text COLLATE "C"), lower($10 COLLATE "C")) > 0
          OR strpos(lower(failure_reason COLLATE "C"), lower($10 COLLATE "C")) > 0)
        AND (NOT $11::boolean OR status IN ('pending', 'retrying', 'failed'))
        AND id > $12
        """;

    private const string SelectPage = "SELECT " + Columns + " FROM monitoring.dead_letter_queue WHERE id < $13 AND " + Filters + " ORDER BY id DESC LIMIT $14";

    private const string SelectWhole = "SELECT " + Columns + ", payload_bytes FROM monitoring.dead_letter_queue WHERE id = ANY($1) ORDER BY id";

    private const string SelectIds = "SELECT id FROM monitoring.dead_letter_queue WHERE " + Filters + " ORDER BY id LIMIT $13";

    private const string SelectGroups =
        """
        SELECT g.fingerprint, e.kind, g.letters, g.rows, g.first_at, g.last_at, e.id, e.failure_reason, e.sqlstate, e.constraint_name, e.column_name
        FROM (
          SELECT fingerprint, count(*) AS letters, sum(row_count) AS rows, min(created_at) AS first_at, max(created_at) AS last_at, max(id) AS example
          FROM monitoring.dead_letter_queue WHERE
        """ + " " + Filters + """

          GROUP BY fingerprint
        ) g
        JOIN monitoring.dead_letter_queue e ON e.id = g.example
        ORDER BY g.letters DESC, g.fingerprint COLLATE "C" LIMIT $13
        """;

    private const string SelectCounts = "SELECT status, count(*), coalesce(sum(size_bytes), 0)::bigint, min(created_at) FROM monitoring.dead_letter_queue GROUP BY status";

    public static async ValueTask<DeadLetterPage> ListAsync(NpgsqlConnection connection, DeadLetterQuery query, CancellationToken cancellationToken)
    {
        var limit = Math.Clamp(query.Limit, 1, 500);
        var bytes = 0L;
        var items = new List<DeadLetter>();
        using var json = new JsonColumn();
        await connection.ReadAsync(
            SelectPage,
            row =>
            {
                var enough = bytes >= DeadLetterPage.BytesMax; // this one only tells that there is a next page
                items.Add(Read(row, json));
                bytes += items[^1].PayloadJson.Length;
                return !enough;
            },
            cancellationToken,
            [.. Parameters(query.Filter), query.BeforeId ?? long.MaxValue, limit + 1]);
        return DeadLetterPage.Take(items, limit);
    }

    public static async ValueTask<DeadLetter?> GetAsync(NpgsqlConnection connection, long id, CancellationToken cancellationToken) =>
        (await ReadWholeAsync(connection, SelectWhole, [id], cancellationToken)).SingleOrDefault();

    /// <summary>Letters with their bytes, locked until the transaction ends: nobody else changes them meanwhile.</summary>
    public static ValueTask<List<DeadLetter>> LockAsync(NpgsqlConnection connection, IReadOnlyList<long> ids, CancellationToken cancellationToken) =>
        ReadWholeAsync(connection, SelectWhole + " FOR UPDATE", ids, cancellationToken);

    public static async ValueTask<IReadOnlyList<long>> FindAsync(
        NpgsqlConnection connection, DeadLetterFilter filter, int limit, CancellationToken cancellationToken) =>
        await connection.QueryAsync(SelectIds, row => row.GetInt64(0), cancellationToken, [.. Parameters(filter), limit]);

    public static async ValueTask<IReadOnlyList<DeadLetterGroup>> GroupAsync(
        NpgsqlConnection connection, DeadLetterFilter filter, int limit, CancellationToken cancellationToken) =>
        await connection.QueryAsync(
            SelectGroups,
            row => new DeadLetterGroup(
                row.GetString(0), KindOf(row.GetString(1)), row.GetInt64(2), row.GetInt64(3), row.GetFieldValue<DateTimeOffset>(4),
                row.GetFieldValue<DateTimeOffset>(5), row.GetInt64(6), RefusalAt(row, 7)),
            cancellationToken,
            [.. Parameters(filter), limit]);

    public static async ValueTask<DeadLetterTotals> CountAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var counts = new long[DeadLetterStatuses.Names.Count];
        var bytes = 0L;
        DateTimeOffset? oldest = null;
        await connection.ReadAsync(
            SelectCounts,
            row =>
            {
                var status = DeadLetterStatuses.Parse(row.GetString(0));
                counts[(int)status] = row.GetInt64(1);
                bytes += row.GetInt64(2);
                oldest = status == DeadLetterStatus.Pending ? row.GetFieldValue<DateTimeOffset>(3) : oldest;
                return true;
            },
            cancellationToken);
        return new DeadLetterTotals(counts[0], counts[1], counts[2], counts[3], counts[4], bytes, oldest);
    }

    private static async ValueTask<List<DeadLetter>> ReadWholeAsync(
        NpgsqlConnection connection, string sql, IReadOnlyList<long> ids, CancellationToken cancellationToken)
    {
        using var json = new JsonColumn();
        return await connection.QueryAsync(
            sql, row => Read(row, json) with { Payload = row.GetFieldValue<byte[]>(PayloadColumn) }, cancellationToken, ids.ToArray());
    }

    private static object?[] Parameters(DeadLetterFilter filter) =>
    [
        filter.Status is { } status ? DeadLetterStatuses.NameOf(status) : null,
        filter.Kind is { } kind ? DeadLetter.KindNameOf(kind) : null,
        filter.Fingerprint,
        filter.Code,
        filter.Since?.UtcDateTime,
        filter.Until?.UtcDateTime,
        filter.EventType,
        filter.Source,
        filter.CorrelationId,
        filter.Text is { Length: > 0 } text ? text : null,
        filter.OpenOnly,
        filter.AfterId,
    ];

    private static SpoolKind KindOf(string name) => name == "event" ? SpoolKind.Event : SpoolKind.Sample;

    private static string? TextOrNull(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    private static DateTimeOffset? InstantOrNull(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetFieldValue<DateTimeOffset>(column);

    private static Refusal RefusalAt(NpgsqlDataReader row, int column) => new(
        TextOrNull(row, column + 1) ?? "", TextOrNull(row, column + 2), TextOrNull(row, column + 3), TextOrNull(row, column) ?? "");

    private static DeadLetter Read(NpgsqlDataReader row, JsonColumn json) => new()
    {
        Id = row.GetInt64(0),
        Status = DeadLetterStatuses.Parse(row.GetString(1)),
        Kind = KindOf(row.GetString(2)),
        RowCount = row.GetInt32(3),
        PayloadJson = json.Canonical(row.GetString(4)),
        FormatVersion = (byte)row.GetInt16(5),
        SizeBytes = row.GetInt64(6),
        Refusal = RefusalAt(row, 7),
        Fingerprint = row.GetString(11),
        RetryCount = row.GetInt32(12),
        MaxRetries = row.GetInt32(13),
        CreatedAt = row.GetFieldValue<DateTimeOffset>(14),
        LastRetryAt = InstantOrNull(row, 15),
        NextRetryAt = InstantOrNull(row, 16),
        RecoveredAt = InstantOrNull(row, 17),
        SpoolId = row.GetGuid(18),
        BatchSeq = row.GetInt64(19),
        Row = row.GetInt32(20),
        SequenceId = row.IsDBNull(21) ? null : row.GetInt64(21),
        ReceivedAt = row.GetFieldValue<DateTimeOffset>(22),
        LeaseUntil = InstantOrNull(row, 23),
        LeasedBy = TextOrNull(row, 24),
        Version = row.GetInt32(25),
    };
}
