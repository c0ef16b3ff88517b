using Holdfast.Operations;
using Holdfast.Retries;
using Holdfast.Sqlite.Native;
using Holdfast.Sqlite.Retries;
using Holdfast.Storage;

namespace Holdfast.Sqlite.Operations;

/// <summary>
/// Finds the items of an operation in the order in which they came. What belongs to it can only become less, so each is passed once,
/// however many portions there are; and it is looked for by readers, so that nobody waits for a filter that finds little.
/// </summary>
internal static class OperationWalk
{
    // So many entries of an index at a time: a text filter reads every payload of them, and a query may not take longer than its limit.
    private const int StretchMax = 20_000;

    // ?1 to ?7 are the filter.
    private const string Dead = " FROM retries INDEXED BY retries_dead WHERE status IN (3, 4) AND place > ?8 AND place <= ?9 AND updated_at <= ?10 AND " + RetryReader.Filters;

    // By the instant of arrival, which has an index for those that wait. An item that somebody put back after the cutoff has a line that says so.
    private const string Waiting =
        """
         FROM retries INDEXED BY retries_pending
        WHERE status = 0 AND (created_at, place) > (?11, ?8) AND created_at <= ?10
          AND NOT EXISTS (SELECT 1 FROM retry_history AS h WHERE h.place = retries.place AND h.kind = 8 AND h.at > ?10) AND 
        """
        + RetryReader.Filters;

    private const string SelectDead = "SELECT place" + Dead + " ORDER BY place LIMIT ?12";

    private const string SelectWaiting = "SELECT place" + Waiting + " ORDER BY created_at, place LIMIT ?12";

    private const string CountDead = "SELECT count(*)" + Dead;

    private const string CountWaiting = "SELECT count(*)" + Waiting;

    private const string SelectEnd =
        "SELECT max(place) FROM (SELECT place FROM retries INDEXED BY retries_dead WHERE status IN (3, 4) AND place > ?1 ORDER BY place LIMIT ?2)";

    private const string SelectLast = "SELECT last_place, coalesce((SELECT created_at FROM retries WHERE place = last_place), -1) FROM operations WHERE id = ?";

    /// <summary>Where the next portion begins.</summary>
    public static OperationPlace ReadLast(SqliteDatabase database, Guid operation)
    {
        using var row = database.Prepare(SelectLast).Bind(1, operation);
        return row.Step() ? new OperationPlace(row.Int64(0), row.Int64(1)) : OperationPlace.Beginning;
    }

    /// <summary>Items behind the place, some stretch on; and where the stretch ends, null when there is nothing beyond.</summary>
    public static (IReadOnlyList<long> Places, OperationPlace? End) Find(SqliteDatabase database, BulkOperation operation, RetryFilter filter, OperationPlace after, int limit)
    {
        var end = EndOf(database, operation, after);
        using var rows = Bind(database.Prepare(operation.Kind == OperationKind.Cancel ? SelectWaiting : SelectDead), operation, filter, after, end).Bind(12, limit);
        var places = new List<long>();
        while (rows.Step())
        {
            places.Add(rows.Int64(0));
        }

        return (places, end);
    }

    /// <summary>As <see cref="Find"/>, without limit.</summary>
    public static (long Items, OperationPlace? End) Count(SqliteDatabase database, BulkOperation operation, RetryFilter filter, OperationPlace after)
    {
        var end = EndOf(database, operation, after);
        using var rows = Bind(database.Prepare(operation.Kind == OperationKind.Cancel ? CountWaiting : CountDead), operation, filter, after, end);
        rows.Step();
        return (rows.Int64(0), end);
    }

    // Those that wait are read to their end: no text is looked for among them.
    private static OperationPlace? EndOf(SqliteDatabase database, BulkOperation operation, OperationPlace after)
    {
        if (operation.Kind == OperationKind.Cancel)
        {
            return null;
        }

        using var row = database.Prepare(SelectEnd).Bind(1, after.Place).Bind(2, StretchMax);
        return row.Step() && row.Int64OrNull(0) is { } place ? new OperationPlace(place, 0) : null;
    }

    private static SqliteStatement Bind(SqliteStatement statement, BulkOperation operation, RetryFilter filter, OperationPlace after, OperationPlace? end)
    {
        RetryReader.Bind(statement, filter).Bind(8, after.Place).Bind(10, UnixMicroseconds.From(operation.Cutoff));
        return operation.Kind == OperationKind.Cancel ? statement.Bind(11, after.CreatedAt) : statement.Bind(9, end?.Place ?? long.MaxValue);
    }
}

/// <summary>A place among the items, in the order in which they came.</summary>
internal readonly record struct OperationPlace(long Place, long CreatedAt)
{
    public static OperationPlace Beginning { get; } = new(0, -1);
}
