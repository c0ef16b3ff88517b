using Holdfast.Retries;
using Holdfast.Sqlite.Native;
using Holdfast.Sqlite.Operations;

namespace Holdfast.Sqlite.Retries;

/// <summary>Deletes what is past its keep time, a bounded step at a time: a step holds the write lock.</summary>
internal static class RetryUpkeep
{
    private const int RowsPerStep = 1_000;

    // Longer than any process that was suspended could take to ask again under its old id.
    private static readonly TimeSpan ProcessesKept = TimeSpan.FromDays(7);

    private const string SelectOld =
        "SELECT place, operation_type, group_key FROM retries INDEXED BY retries_settled WHERE status >= 2 AND status = ?1 AND updated_at < ?2 LIMIT ?3";

    private const string DeleteItem = "DELETE FROM retries WHERE place = ?";

    private const string DeleteContents = "DELETE FROM retry_contents WHERE place = ?";

    private const string DeleteItemHistory = "DELETE FROM retry_history WHERE place = ?";

    // Lines are in order of time, so the oldest rows are looked at and no others.
    private const string DeleteOldHistory =
        "DELETE FROM retry_history WHERE seq IN (SELECT seq FROM (SELECT seq, at FROM retry_history ORDER BY seq LIMIT ?2) WHERE at < ?1)";

    private const string DeleteProcesses =
        "DELETE FROM retry_processes WHERE lease_until < ?1 AND NOT EXISTS (SELECT 1 FROM retries WHERE retries.process = retry_processes.process)";

    /// <returns>Whether there is more.</returns>
    public static bool Step(RetryTable retries, TimeSpan keepHistory, TimeSpan keepDeadLetters)
    {
        var historyFrom = retries.Now - RetryRow.Microseconds(keepHistory);
        var deadLettersFrom = retries.Now - RetryRow.Microseconds(keepDeadLetters);
        retries.Database.Prepare(DeleteProcesses).Bind(1, retries.Now - RetryRow.Microseconds(ProcessesKept)).Run();

        // Every kind has its turn in every step: none waits until another has nothing left.
        return new[]
        {
            DeleteItems(retries, RetryStatus.Completed, historyFrom),
            DeleteItems(retries, RetryStatus.Failed, historyFrom),
            DeleteItems(retries, RetryStatus.Cancelled, historyFrom),
            DeleteItems(retries, RetryStatus.DeadLetter, deadLettersFrom),
            DeleteHistory(retries.Database, historyFrom),
            OperationUpkeep.Step(retries, historyFrom),
        }.Contains(true);
    }

    private static bool DeleteItems(RetryTable retries, RetryStatus status, long before)
    {
        var old = ReadOld(retries.Database, status, before);
        foreach (var (place, operationType, groupKey) in old)
        {
            OperationItemTable.SettleDeleted(retries, place, status);
            retries.Database.Prepare(DeleteItem).Bind(1, place).Run();
            retries.Database.Prepare(DeleteContents).Bind(1, place).Run();
            retries.Database.Prepare(DeleteItemHistory).Bind(1, place).Run();
            retries.Touch(operationType, groupKey, status, after: null);
        }

        return old.Count == RowsPerStep;
    }

    private static bool DeleteHistory(SqliteDatabase database, long before)
    {
        database.Prepare(DeleteOldHistory).Bind(1, before).Bind(2, RowsPerStep).Run();
        return database.Changes == RowsPerStep;
    }

    private static List<(long Place, string OperationType, string? GroupKey)> ReadOld(SqliteDatabase database, RetryStatus status, long before)
    {
        var old = new List<(long, string, string?)>();
        using var rows = database.Prepare(SelectOld).Bind(1, (long)status).Bind(2, before).Bind(3, RowsPerStep);
        while (rows.Step())
        {
            old.Add((rows.Int64(0), rows.Text(1), rows.TextOrNull(2)));
        }

        return old;
    }
}
