using Holdfast.Retries;
using Holdfast.Sqlite.Native;

namespace Holdfast.Sqlite.Retries;

/// <summary>Running sums by operation type and state: what a transaction moves is added up, and written once for each pair.</summary>
internal sealed class CountTable
{
    // A sum that does not exist yet cannot fall below zero, so the row is made first.
    private const string Add =
        """
        INSERT INTO retry_counts (operation_type, status, items) VALUES (?1, ?2, max(?3, 0))
        ON CONFLICT (operation_type, status) DO UPDATE SET items = items + ?3
        """;

    private const string DropEmpty = "DELETE FROM retry_counts WHERE operation_type = ?1 AND status = ?2 AND items = 0";

    private const string Select = "SELECT operation_type, status, items FROM retry_counts ORDER BY operation_type, status";

    private readonly Dictionary<(string OperationType, RetryStatus Status), long> _moved = [];

    public void Move(string operationType, RetryStatus? before, RetryStatus? after)
    {
        Count(operationType, before, -1);
        Count(operationType, after, 1);
    }

    public void Save(SqliteDatabase database)
    {
        foreach (var ((operationType, status), items) in _moved.Where(moved => moved.Value != 0))
        {
            database.Prepare(Add).Bind(1, operationType).Bind(2, (long)status).Bind(3, items).Run();
            if (items < 0)
            {
                database.Prepare(DropEmpty).Bind(1, operationType).Bind(2, (long)status).Run();
            }
        }

        _moved.Clear();
    }

    public static IReadOnlyList<RetryCount> Read(SqliteDatabase database)
    {
        var counts = new List<RetryCount>();
        using var rows = database.Prepare(Select);
        while (rows.Step())
        {
            counts.Add(new RetryCount(rows.Text(0), (RetryStatus)rows.Int64(1), rows.Int64(2)));
        }

        return counts;
    }

    private void Count(string operationType, RetryStatus? status, int items)
    {
        if (status is { } known)
        {
            _moved[(operationType, known)] = _moved.GetValueOrDefault((operationType, known)) + items;
        }
    }
}
