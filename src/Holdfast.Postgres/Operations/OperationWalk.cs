using Holdfast.Operations;
using Holdfast.Postgres.Database;
using Holdfast.Postgres.Retries;
using Holdfast.Retries;
using Npgsql;

namespace Holdfast.Postgres.Operations;

/// <summary>
/// Finds the items of an operation. What belongs to it can only become less, so each is passed once, however many portions there are.
/// Dead letters come in the order of arrival, that of their group included: an item behind another dead letter could not go. Those that wait
/// come in the order of their ids: what is given up keeps nobody waiting, and an index more would be a price for every enqueue and claim.
/// </summary>
internal sealed class OperationWalk(NpgsqlConnection connection, BulkOperation operation, RetryFilter filter)
{
    // So many entries of an index at a time: a text filter reads every payload of them, and a query may not take longer than its limit.
    private const int StretchMax = 20_000;

    private const string SelectLast = "SELECT last_created_at, last_place, last_id FROM holdfast.operations WHERE id = $1";

    private const string SelectDeadEnd =
        """
        SELECT created_at, coalesce(group_place, 0), id FROM holdfast.retry_dead_letters
        WHERE (created_at, coalesce(group_place, 0), id) > ($1, $2, $3) AND created_at <= $4 ORDER BY created_at, coalesce(group_place, 0), id OFFSET $5 LIMIT 1
        """;

    private const string SelectWaitingEnd = "SELECT created_at, 0::bigint, id FROM holdfast.retries WHERE id > $1 ORDER BY id OFFSET $2 LIMIT 1";

    // $1 to $7 the filter, $8 the cutoff, $9 to $11 after, $12 to $14 up to.
    private static readonly string Dead =
        """
        FROM holdfast.retry_dead_letters d
        WHERE (d.created_at, coalesce(d.group_place, 0), d.id) > ($9, $10, $11) AND (d.created_at, coalesce(d.group_place, 0), d.id) <= ($12, $13, $14)
          AND d.status IN ('dead_letter', 'failed') AND ($1::text IS NULL OR d.status = $1) AND d.updated_at <= $8 AND
        """ + " " + RetryReader.Filters("d.", "d.failure", "d.fingerprint", hasText: true);

    // $9 after, $10 up to. What somebody put back after the cutoff has a line that says so.
    private static readonly string Waiting =
        """
        FROM holdfast.retries r
        WHERE r.id > $9 AND r.id <= $10 AND r.created_at <= $8 AND ($1::text IS NULL OR $1 = 'pending')
          AND NOT EXISTS (
            SELECT FROM holdfast.retry_log l WHERE l.id = r.id AND l.kind = 'requeued' AND l.at > $8 AND l.logged_on >= ($8::timestamptz AT TIME ZONE 'UTC')::date) AND
        """ + " " + RetryReader.Filters("r.", "r.failure", "r.fingerprint", hasText: false);

    private static readonly string SelectDead =
        $"SELECT d.created_at, coalesce(d.group_place, 0), d.id {Dead} ORDER BY d.created_at, coalesce(d.group_place, 0), d.id LIMIT $15";

    private static readonly string SelectWaiting = $"SELECT r.created_at, 0::bigint, r.id {Waiting} ORDER BY r.id LIMIT $11";

    private static readonly string CountDead = "SELECT count(*) " + Dead;

    private static readonly string CountWaiting = "SELECT count(*) " + Waiting;

    /// <summary>Where the next portion begins; null when there is no such operation.</summary>
    public async ValueTask<OperationPlace?> ReadLastAsync(CancellationToken cancellationToken) =>
        (await connection.QueryAsync(SelectLast, ReadPlace, cancellationToken, operation.Id)).Cast<OperationPlace?>().SingleOrDefault();

    /// <summary>Items behind the place, some stretch on; and where the stretch ends, null when there is nothing beyond.</summary>
    public async ValueTask<(IReadOnlyList<OperationPlace> Items, OperationPlace? End)> FindAsync(OperationPlace after, int limit, CancellationToken cancellationToken)
    {
        var end = await EndOfAsync(after, cancellationToken);
        return (await connection.QueryAsync(IsOverWaiting ? SelectWaiting : SelectDead, ReadPlace, cancellationToken, [.. Range(after, end), limit]), end);
    }

    /// <summary>As <see cref="FindAsync"/>, without limit.</summary>
    public async ValueTask<(long Items, OperationPlace? End)> CountAsync(OperationPlace after, CancellationToken cancellationToken)
    {
        var end = await EndOfAsync(after, cancellationToken);
        return (await connection.ScalarAsync<long>(IsOverWaiting ? CountWaiting : CountDead, cancellationToken, Range(after, end)), end);
    }

    private bool IsOverWaiting => operation.Kind == OperationKind.Cancel;

    private async ValueTask<OperationPlace?> EndOfAsync(OperationPlace after, CancellationToken cancellationToken)
    {
        var ends = IsOverWaiting
            ? await connection.QueryAsync(SelectWaitingEnd, ReadPlace, cancellationToken, after.Id, StretchMax)
            : await connection.QueryAsync(SelectDeadEnd, ReadPlace, cancellationToken, after.CreatedAt, after.Place, after.Id, operation.Cutoff, StretchMax);
        return ends.Cast<OperationPlace?>().SingleOrDefault();
    }

    private object?[] Range(OperationPlace after, OperationPlace? end)
    {
        // Nothing that belongs to it came after the cutoff.
        var last = end ?? new OperationPlace(operation.Cutoff, long.MaxValue, Guid.AllBitsSet);
        return IsOverWaiting
            ? [.. RetryReader.Parameters(filter), operation.Cutoff, after.Id, last.Id]
            : [.. RetryReader.Parameters(filter), operation.Cutoff, after.CreatedAt, after.Place, after.Id, last.CreatedAt, last.Place, last.Id];
    }

    private static OperationPlace ReadPlace(NpgsqlDataReader row) => new(row.GetFieldValue<DateTimeOffset>(0), row.GetInt64(1), row.GetGuid(2));
}

/// <summary>A place among the items, in the order in which they came.</summary>
internal readonly record struct OperationPlace(DateTimeOffset CreatedAt, long Place, Guid Id)
{
    /// <summary>Before all items; where an operation begins.</summary>
    public static OperationPlace Beginning { get; } = new(DateTimeOffset.UnixEpoch, 0, Guid.Empty);
}
