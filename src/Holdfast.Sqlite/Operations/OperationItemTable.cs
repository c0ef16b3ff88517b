using Holdfast.Operations;
using Holdfast.Retries;
using Holdfast.Sqlite.Native;
using Holdfast.Sqlite.Retries;

namespace Holdfast.Sqlite.Operations;

/// <summary>
/// The items that operations met. Success is final and noted as soon as somebody looks, so that a look costs what is open, not what was
/// ever taken; failure is not, and is looked up each time.
/// </summary>
internal static class OperationItemTable
{
    private const int Open = 0;
    private const int Succeeded = 1;
    private const int Failed = 2;
    private const int Skipped = 3;

    private const string SelectNumber = "SELECT number FROM operations WHERE id = ?";

    private const string InsertItem = "INSERT INTO operation_items (operation, place, outcome) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";

    private const string UpdateOutcome = "UPDATE operation_items SET outcome = ?3 WHERE operation = ?1 AND place = ?2 AND outcome = 0";

    private const string AddSums =
        """
        UPDATE operations SET items_taken = items_taken + ?2, items_succeeded = items_succeeded + ?3, items_failed = items_failed + ?4, items_skipped = items_skipped + ?5
        WHERE number = ?1
        """;

    private const string MoveOn = "UPDATE operations SET last_place = ?2 WHERE number = ?1";

    private const string SelectSums = "SELECT items_taken, items_succeeded, items_failed, items_skipped FROM operations WHERE id = ?";

    private const string SelectOpen =
        """
        SELECT i.place, r.status, r.attempt FROM operation_items AS i INDEXED BY operation_items_open JOIN retries AS r ON r.place = i.place
        WHERE i.outcome = 0 AND i.operation = (SELECT number FROM operations WHERE id = ?)
        """;

    private const string SelectOperations = "SELECT operation FROM operation_items INDEXED BY operation_items_of WHERE outcome = 0 AND place = ?";

    public static long? NumberOf(RetryTable retries, Guid operation)
    {
        using var row = retries.Database.Prepare(SelectNumber).Bind(1, operation);
        return row.Step() ? row.Int64(0) : null;
    }

    /// <summary>False: the operation met it before.</summary>
    public static bool TryMeet(RetryTable retries, long operation, long place)
    {
        retries.Database.Prepare(InsertItem).Bind(1, operation).Bind(2, place).Bind(3, Open).Run();
        return retries.Database.Changes > 0;
    }

    public static void Skip(RetryTable retries, long operation, long place) => SetOutcome(retries, operation, place, Skipped);

    public static void Succeed(RetryTable retries, long operation, long place) => SetOutcome(retries, operation, place, Succeeded);

    public static void Add(RetryTable retries, long operation, OperationProgress more) =>
        retries.Database.Prepare(AddSums).Bind(1, operation).Bind(2, more).Run();

    public static void RememberLast(RetryTable retries, long operation, long place) =>
        retries.Database.Prepare(MoveOn).Bind(1, operation).Bind(2, place).Run();

    /// <summary>What came of the items by now, and which of them completed since somebody looked.</summary>
    public static (OperationProgress Progress, IReadOnlyList<long> Completed) ReadOutcomes(SqliteDatabase database, Guid operation)
    {
        var completed = new List<long>();
        var failed = 0;
        using var rows = database.Prepare(SelectOpen).Bind(1, operation);
        while (rows.Step())
        {
            switch (OperationReach.OutcomeOf((RetryStatus)rows.Int64(1), (int)rows.Int64(2)))
            {
                case OperationOutcome.Succeeded:
                    completed.Add(rows.Int64(0));
                    break;
                case OperationOutcome.Failed:
                    failed++;
                    break;
            }
        }

        return (ReadSums(database, operation) + new OperationProgress(0, completed.Count, failed, 0), completed);
    }

    public static void Settle(RetryTable retries, Guid operation, IEnumerable<long> completed)
    {
        if (NumberOf(retries, operation) is { } number)
        {
            var settled = completed.Count(place => SetOutcome(retries, number, place, Succeeded));
            Add(retries, number, new OperationProgress(0, settled, 0, 0));
        }
    }

    /// <summary>Before an item is deleted: what came of it outlives it, and its place may be another's some day.</summary>
    public static void SettleDeleted(RetryTable retries, long place, RetryStatus status)
    {
        var outcome = status == RetryStatus.Completed ? Succeeded : Failed;
        foreach (var operation in OperationsOf(retries.Database, place))
        {
            SetOutcome(retries, operation, place, outcome);
            Add(retries, operation, new OperationProgress(0, outcome == Succeeded ? 1 : 0, outcome == Failed ? 1 : 0, 0));
        }
    }

    private static OperationProgress ReadSums(SqliteDatabase database, Guid operation)
    {
        using var row = database.Prepare(SelectSums).Bind(1, operation);
        return row.Step() ? OperationRow.ReadProgress(row, 0) : default;
    }

    private static List<long> OperationsOf(SqliteDatabase database, long place)
    {
        var operations = new List<long>();
        using var rows = database.Prepare(SelectOperations).Bind(1, place);
        while (rows.Step())
        {
            operations.Add(rows.Int64(0));
        }

        return operations;
    }

    private static bool SetOutcome(RetryTable retries, long operation, long place, int outcome)
    {
        retries.Database.Prepare(UpdateOutcome).Bind(1, operation).Bind(2, place).Bind(3, outcome).Run();
        return retries.Database.Changes > 0;
    }
}
