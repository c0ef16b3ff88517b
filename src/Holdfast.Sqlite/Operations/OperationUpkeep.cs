using Holdfast.Sqlite.Retries;

namespace Holdfast.Sqlite.Operations;

/// <summary>Deletes operations past their keep time with the notes of their items, a bounded step at a time.</summary>
internal static class OperationUpkeep
{
    private const int RowsPerStep = 1_000;

    private const string SelectOld = "SELECT number FROM operations INDEXED BY operations_ended WHERE ended_at IS NOT NULL AND ended_at < ?1 ORDER BY ended_at LIMIT 1";

    private const string DeleteItems =
        "DELETE FROM operation_items WHERE operation = ?1 AND place IN (SELECT place FROM operation_items WHERE operation = ?1 ORDER BY place LIMIT ?2)";

    private const string Delete = "DELETE FROM operations WHERE number = ?";

    /// <returns>Whether there is more.</returns>
    public static bool Step(RetryTable retries, long endedBefore)
    {
        if (FindOld(retries, endedBefore) is not { } number)
        {
            return false;
        }

        retries.Database.Prepare(DeleteItems).Bind(1, number).Bind(2, RowsPerStep).Run();
        if (retries.Database.Changes < RowsPerStep)
        {
            retries.Database.Prepare(Delete).Bind(1, number).Run();
        }

        return true;
    }

    private static long? FindOld(RetryTable retries, long endedBefore)
    {
        using var row = retries.Database.Prepare(SelectOld).Bind(1, endedBefore);
        return row.Step() ? row.Int64(0) : null;
    }
}
