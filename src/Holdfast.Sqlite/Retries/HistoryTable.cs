using Holdfast.Retries;
using Holdfast.Sqlite.Native;
using Holdfast.Storage;

namespace Holdfast.Sqlite.Retries;

/// <summary>What happened to items, in order.</summary>
internal static class HistoryTable
{
    private const string InsertLine =
        "INSERT INTO retry_history (place, at, kind, attempt, token, process, took, message) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";

    private const string SelectCreated = "SELECT place, created_at FROM retries WHERE id = ?";

    private const string SelectLines = "SELECT at, kind, attempt, token, process, took, message FROM retry_history WHERE place = ? ORDER BY seq";

    public static void Insert(SqliteDatabase database, long now, RetryState item, RetryTelling told) => database.Prepare(InsertLine)
        .Bind(1, item.Place).Bind(2, now).Bind(3, (long)told.Kind).Bind(4, item.Attempt).Bind(5, item.Token).Bind(6, item.Process)
        .Bind(7, told.Took is { } took ? RetryRow.Microseconds(took) : null).Bind(8, told.Message).Run();

    public static IReadOnlyList<RetryHistoryEntry> Read(SqliteDatabase database, Guid id)
    {
        using var item = database.Prepare(SelectCreated).Bind(1, id);
        if (!item.Step())
        {
            return [];
        }

        var lines = new List<RetryHistoryEntry> { new(UnixMicroseconds.ToInstant(item.Int64(1)), RetryHistoryKind.Created, 0, null, null, null, null) };
        using var rows = database.Prepare(SelectLines).Bind(1, item.Int64(0));
        while (rows.Step())
        {
            lines.Add(ReadLine(rows));
        }

        return lines;
    }

    private static RetryHistoryEntry ReadLine(SqliteStatement row) => new(
        UnixMicroseconds.ToInstant(row.Int64(0)), (RetryHistoryKind)row.Int64(1), (int)row.Int64(2), row.Int64OrNull(3), row.IsNull(4) ? null : row.Guid(4),
        row.Int64OrNull(5) is { } took ? RetryRow.Span(took) : null, row.TextOrNull(6));
}
