using Holdfast.Operations;
using Holdfast.Sqlite.Native;
using Holdfast.Sqlite.Retries;

namespace Holdfast.Sqlite.Operations;

/// <summary>Writes operations down, changes them, and says who may move them on.</summary>
internal static class OperationTable
{
    private const string Insert =
        """
        INSERT INTO operations (
          id, kind, target_kind, filter, rate_per_second, canary, stop_above, actor, reason, created_at, cutoff, state, taken, succeeded, failed, skipped,
          step, base_taken, base_succeeded, base_failed, base_skipped, position, all_taken, version)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
        ON CONFLICT (id) DO NOTHING
        """;

    private const string Update =
        """
        UPDATE operations SET state = ?3, matched = ?4, step = ?5, position = ?6, all_taken = ?7, because = ?8,
          ended_at = CASE WHEN ?9 THEN coalesce(ended_at, ?10) END, version = version + 1,
          taken = ?11, succeeded = ?12, failed = ?13, skipped = ?14, base_taken = ?15, base_succeeded = ?16, base_failed = ?17, base_skipped = ?18
        WHERE id = ?1 AND version = ?2
        """;

    // A lease of which more than half is left is not written anew: the round of a worker that has nothing to do writes nothing.
    private const string Lease =
        """
        UPDATE operations SET driver = ?1, driven_until = ?2 + ?3
        WHERE number IN (
          SELECT number FROM operations INDEXED BY operations_running
          WHERE state = 0 AND (driver IS NULL OR driver = ?1 OR driven_until <= ?2) ORDER BY number LIMIT ?4)
          AND NOT (driver IS ?1 AND driven_until > ?2 + ?3 / 2)
        """;

    private const string SelectLeased =
        OperationRow.Select + " INDEXED BY operations_running WHERE state = 0 AND driver = ?1 AND driven_until > ?2 ORDER BY number LIMIT ?3";

    private const string SelectOne = OperationRow.Select + " WHERE id = ?";

    private const string SelectNewest = OperationRow.Select + " ORDER BY number DESC LIMIT ?";

    public static BulkOperation Create(RetryTable retries, BulkOperation operation)
    {
        var insert = retries.Database.Prepare(Insert)
            .Bind(1, operation.Id).Bind(2, (long)operation.Kind).Bind(3, (long)operation.Over).Bind(4, operation.Filter)
            .Bind(6, operation.Canary ? 1 : 0).Bind(7, operation.StopAbove).Bind(8, operation.Actor).Bind(9, operation.Reason).Bind(10, retries.Now);
        (operation.RatePerSecond is { } rate ? insert.Bind(5, rate) : insert.BindNull(5)).Run();
        return Get(retries.Database, operation.Id)!;
    }

    public static BulkOperation? Get(SqliteDatabase database, Guid id)
    {
        using var row = database.Prepare(SelectOne).Bind(1, id);
        return row.Step() ? OperationRow.Read(row) : null;
    }

    public static IReadOnlyList<BulkOperation> List(SqliteDatabase database, int limit)
    {
        using var rows = database.Prepare(SelectNewest).Bind(1, limit);
        return OperationRow.ReadAll(rows);
    }

    public static BulkOperation? Save(RetryTable retries, BulkOperation operation)
    {
        retries.Database.Prepare(Update)
            .Bind(1, operation.Id).Bind(2, operation.Version).Bind(3, (long)operation.State).Bind(4, operation.Matched).Bind(5, operation.Step)
            .Bind(6, operation.Position).Bind(7, operation.AllTaken ? 1 : 0).Bind(8, operation.Because).Bind(9, operation.IsOver ? 1 : 0).Bind(10, retries.Now)
            .Bind(11, operation.Progress).Bind(15, operation.StepBase).Run();
        return retries.Database.Changes > 0 ? Get(retries.Database, operation.Id) : null;
    }

    public static IReadOnlyList<BulkOperation> LeaseSome(RetryTable retries, Guid process, TimeSpan lease, int limit)
    {
        retries.Database.Prepare(Lease).Bind(1, process).Bind(2, retries.Now).Bind(3, RetryRow.Microseconds(lease)).Bind(4, limit).Run();
        using var rows = retries.Database.Prepare(SelectLeased).Bind(1, process).Bind(2, retries.Now).Bind(3, limit);
        return OperationRow.ReadAll(rows);
    }
}
