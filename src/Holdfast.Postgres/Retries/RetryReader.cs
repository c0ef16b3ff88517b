using Holdfast.Postgres.Database;
using Holdfast.Retries;
using Npgsql;

namespace Holdfast.Postgres.Retries;

/// <summary>Answers questions about items. Each is one statement, so that an item that moves meanwhile is seen once, wherever it is.</summary>
internal static class RetryReader
{
    // A filter that few items match would read millions to fill a page: after so many of each kind the page ends, and the next goes on there.
    private const int ScannedMax = 10_000;

    private const string Before = "id < $8 AND id >= $9";
    private const string Exactly = "id = $8 AND $9::uuid IS NOT NULL";

    // $1 status, $2 to $6 exact keys, $7 text; NULL is none. "C" knows the case of ASCII letters only, as the contract wants it.
    private static readonly string SelectPage = Items(Before) + " ORDER BY id DESC LIMIT $10";
    private static readonly string SelectOne = Items(Exactly) + " LIMIT $10";

    private const string SelectFloor =
        """
        SELECT id FROM (
          (SELECT id FROM holdfast.retries WHERE id < $1 ORDER BY id DESC OFFSET $2 LIMIT 1)
          UNION ALL (SELECT id FROM holdfast.retry_dead_letters WHERE id < $1 ORDER BY id DESC OFFSET $2 LIMIT 1)
          UNION ALL (SELECT id FROM holdfast.retry_log WHERE kind = 'completed' AND id < $1 ORDER BY id DESC OFFSET $2 LIMIT 1)) f
        ORDER BY id DESC LIMIT 1
        """;

    // The only two lines of one time are crashed and dead_lettered, in this order.
    private const string SelectHistory =
        "SELECT at, kind, attempt, token, process, took, message FROM holdfast.retry_log WHERE id = $1 ORDER BY at, kind";

    private const string SelectCounts = """SELECT operation_type, status, items FROM holdfast.retry_totals ORDER BY operation_type COLLATE "C", status""";

    // By the lease rows, whose items need not be read to be counted.
    private const string SelectStale =
        """
        SELECT coalesce(sum(cardinality(l.ids) - cardinality(l.done)), 0)::bigint
        FROM holdfast.retry_leases l LEFT JOIN holdfast.retry_processes p ON p.process = l.process
        WHERE p.process IS NULL OR p.ended_at IS NOT NULL OR p.lease_until <= holdfast.clock()
        """;

    // Of dead letters there may be a million: no more of them are read than are wanted.
    private const string SelectAlerts =
        """
        SELECT alert_reason, id, operation_type, detail, since
        FROM (
          (SELECT d.* FROM holdfast.retry_dead_letter_alerts d ORDER BY d.since, d.id LIMIT $1)
          UNION ALL SELECT o.* FROM holdfast.retry_other_alerts o) a
        ORDER BY severity, since, id LIMIT $1
        """;

    private static readonly string SelectGroups =
        """
        SELECT g.fingerprint, g.operation_type, e.failure, g.items, g.first_at, g.last_at, e.id
        FROM (
          SELECT fingerprint, operation_type, count(*) AS items, min(updated_at) AS first_at, max(updated_at) AS last_at, max(id::text COLLATE "C")::uuid AS example
          FROM holdfast.retry_dead_letters d
          WHERE status IN ('dead_letter', 'failed') AND failure IS NOT NULL AND ($1::text IS NULL OR status = $1) AND
        """ + " " + Filters("d.", "d.failure", "d.fingerprint", hasText: true) + """

          GROUP BY fingerprint, operation_type) g
        JOIN holdfast.retry_dead_letters e ON e.id = g.example
        ORDER BY g.items DESC, g.fingerprint COLLATE "C", g.operation_type COLLATE "C" LIMIT $8
        """;

    private static readonly Guid Highest = Guid.AllBitsSet;

    public static async ValueTask<RetryPage> ListAsync(NpgsqlConnection connection, RetryQuery query, CancellationToken cancellationToken)
    {
        var limit = Math.Clamp(query.Limit, 1, 500);
        var before = query.Before ?? Highest;
        var floor = MatchesFew(query.Filter)
            ? (await connection.QueryAsync(SelectFloor, row => row.GetGuid(0), cancellationToken, before, ScannedMax)).Cast<Guid?>().SingleOrDefault()
            : null;
        var items = await connection.QueryAsync(
            SelectPage, row => RetryRow.Read(row), cancellationToken, [.. Parameters(query.Filter), before, floor ?? Guid.Empty, limit + 1]);
        return items.Count > limit ? new RetryPage(items[..limit], items[limit - 1].Id) : new RetryPage(items, floor);
    }

    public static async ValueTask<RetryItem?> GetAsync(NpgsqlConnection connection, Guid id, CancellationToken cancellationToken) =>
        (await connection.QueryAsync(SelectOne, row => RetryRow.Read(row), cancellationToken, OneParameters(id))).SingleOrDefault();

    /// <summary>The statement of <see cref="GetAsync"/>, for those who send it with another.</summary>
    public static (string Sql, object?[] Parameters) One(Guid id) => (SelectOne, OneParameters(id));

    /// <summary>That it came needs no line: the item says when.</summary>
    public static async ValueTask<IReadOnlyList<RetryHistoryEntry>> HistoryAsync(NpgsqlConnection connection, Guid id, CancellationToken cancellationToken)
    {
        if (await GetAsync(connection, id, cancellationToken) is not { } item)
        {
            return [];
        }

        var lines = await connection.QueryAsync(SelectHistory, ReadEntry, cancellationToken, id);
        return [new RetryHistoryEntry(item.CreatedAt, RetryHistoryKind.Created, 0, null, null, null, null), .. lines];
    }

    public static async ValueTask<IReadOnlyList<RetryCount>> CountAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        await connection.QueryAsync(
            SelectCounts, row => new RetryCount(row.GetString(0), RetryNames.StatusOf(row.GetString(1)), row.GetInt64(2)), cancellationToken);

    public static async ValueTask<long> CountStaleAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        (await connection.QueryAsync(SelectStale, row => row.GetInt64(0), cancellationToken)).Single();

    public static async ValueTask<IReadOnlyList<RetryAlert>> AlertsAsync(NpgsqlConnection connection, int limit, CancellationToken cancellationToken) =>
        await connection.QueryAsync(
            SelectAlerts,
            row => row.IsDBNull(1)
                ? new RetryAlert(row.GetString(0), null, row.GetString(3), row.GetFieldValue<DateTimeOffset>(4))
                : new RetryAlert(row.GetString(0), row.GetGuid(1), $"{row.GetString(2)}: {row.GetString(3)}", row.GetFieldValue<DateTimeOffset>(4)),
            cancellationToken,
            limit);

    public static async ValueTask<IReadOnlyList<RetryGroup>> GroupAsync(
        NpgsqlConnection connection, RetryFilter filter, int limit, CancellationToken cancellationToken) =>
        await connection.QueryAsync(
            SelectGroups,
            row => new RetryGroup(
                row.GetString(0), row.GetString(1), row.GetString(2), row.GetInt64(3), row.GetFieldValue<DateTimeOffset>(4), row.GetFieldValue<DateTimeOffset>(5),
                row.GetGuid(6)),
            cancellationToken,
            [.. Parameters(filter), limit]);

    /// <summary>$1 status, $2 to $6 exact keys, $7 text; NULL is none.</summary>
    public static object?[] Parameters(RetryFilter filter) =>
    [
        filter.Status is { } status ? RetryJson.NameOf(status) : null,
        filter.OperationType,
        filter.Target,
        filter.Fingerprint,
        filter.CorrelationId,
        filter.GroupKey,
        filter.Text is { Length: > 0 } text ? text : null,
    ];

    /// <summary>The conditions of $2 to $7.</summary>
    /// <param name="from">What stands before a column's name.</param>
    public static string Filters(string from, string failure, string fingerprint, bool hasText)
    {
        var text = hasText
            ? $"""
               ($7::text IS NULL OR strpos(lower({from}payload::text COLLATE "C"), lower($7 COLLATE "C")) > 0
                OR strpos(lower({failure} COLLATE "C"), lower($7 COLLATE "C")) > 0)
               """
            : "$7::text IS NULL";
        return
            $"""
            ($2::text IS NULL OR {from}operation_type = $2) AND ($3::text IS NULL OR {from}target = $3) AND ($4::text IS NULL OR {fingerprint} = $4)
            AND ($5::text IS NULL OR {from}correlation_id = $5) AND ($6::text IS NULL OR {from}group_key = $6) AND {text}
            """;
    }

    private static bool MatchesFew(RetryFilter filter) => filter with { Status = null } != new RetryFilter();

    private static object?[] OneParameters(Guid id) => [.. Parameters(new RetryFilter()), id, Guid.Empty, 1];

    /// <summary>The four places where an item may be, each in the order of ids and no longer than the page.</summary>
    private static string Items(string range)
    {
        const string Order = "ORDER BY id DESC LIMIT $10";
        var waiting = RetryRow.Columns("'pending' AS status", "r.");
        var held = RetryRow.HeldColumns("(h.item).", "h.token", "h.process", "h.claimed_at");
        var aside = RetryRow.Columns("d.status", "d.");
        const string Failure = "coalesce(l.message, (l.item).failure)";
        const string Fingerprint = "CASE WHEN l.message IS NULL THEN (l.item).fingerprint ELSE l.fingerprint END";
        var done = RetryRow.DoneColumns("(l.item).", "l.", Failure, Fingerprint);
        return
            $"""
            (SELECT {waiting} FROM holdfast.retries r
             WHERE ($1::text IS NULL OR $1 = 'pending') AND {range} AND {Filters("r.", "r.failure", "r.fingerprint", hasText: false)} {Order})
            UNION ALL
            (SELECT {held} FROM holdfast.retries_held h
             WHERE ($1::text IS NULL OR $1 = 'processing') AND {range} AND {Filters("(h.item).", "(h.item).failure", "(h.item).fingerprint", hasText: false)} {Order})
            UNION ALL
            (SELECT {aside} FROM holdfast.retry_dead_letters d
             WHERE ($1::text IS NULL OR d.status = $1) AND {range} AND {Filters("d.", "d.failure", "d.fingerprint", hasText: true)} {Order})
            UNION ALL
            (SELECT {done} FROM holdfast.retry_log l
             WHERE ($1::text IS NULL OR $1 = 'completed') AND l.kind = 'completed' AND {range} AND {Filters("(l.item).", Failure, Fingerprint, hasText: true)}
             ORDER BY l.id DESC LIMIT $10)
            """;
    }

    private static RetryHistoryEntry ReadEntry(NpgsqlDataReader row) => new(
        row.GetFieldValue<DateTimeOffset>(0),
        RetryNames.HistoryKindOf(row.GetString(1)),
        row.GetInt32(2),
        row.IsDBNull(3) ? null : row.GetInt64(3),
        row.IsDBNull(4) ? null : row.GetGuid(4),
        row.IsDBNull(5) ? null : row.GetTimeSpan(5),
        row.IsDBNull(6) ? null : row.GetString(6));
}
