using Holdfast.Operations;
using Holdfast.Retries;
using Holdfast.Sqlite.Native;
using Holdfast.Sqlite.Retries;
using Holdfast.Storage;

namespace Holdfast.Sqlite.Operations;

/// <summary>Does to items what an operation is for, and notes them under it.</summary>
internal static class OperationTaker
{
    private const string SelectUntouched = "SELECT 1 FROM retries WHERE place = ?1 AND status IN (3, 4) AND updated_at <= ?2";

    private const string SelectWaiting = "SELECT 1 FROM retries WHERE place = ?1 AND status = 0";

    /// <param name="found">Places of items that belonged to it a moment ago, in order.</param>
    /// <param name="limit">Stops when so many are taken.</param>
    public static OperationProgress Take(RetryTable retries, BulkOperation operation, IReadOnlyList<long> found, int limit)
    {
        var sums = default(OperationProgress);
        if (OperationItemTable.NumberOf(retries, operation.Id) is not { } number)
        {
            return sums;
        }

        var last = 0L;
        foreach (var place in found.Where(place => sums.Taken < limit && OperationItemTable.TryMeet(retries, number, place)))
        {
            sums += Take(retries, operation, number, place);
            last = place;
        }

        if (last > 0)
        {
            OperationItemTable.Add(retries, number, sums);
            OperationItemTable.RememberLast(retries, number, last);
        }

        return sums;
    }

    private static OperationProgress Take(RetryTable retries, BulkOperation operation, long number, long place)
    {
        if (!StillBelongs(retries.Database, operation, place) || !TryChange(retries, operation, retries.At(place)!))
        {
            OperationItemTable.Skip(retries, number, place);
            return new OperationProgress(0, 0, 0, 1);
        }

        if (operation.Kind == OperationKind.Replay)
        {
            return new OperationProgress(1, 0, 0, 0);
        }

        OperationItemTable.Succeed(retries, number, place);
        return new OperationProgress(1, 1, 0, 0);
    }

    private static bool TryChange(RetryTable retries, BulkOperation operation, RetryState item)
    {
        var told = $"operation {operation.Id}";
        return operation.Kind == OperationKind.Replay
            ? RetryOperator.Requeue(retries, item, told) == RetryChangeResult.Done
            : RetryOperator.GiveUp(retries, item, told) == RetryChangeResult.Done;
    }

    private static bool StillBelongs(SqliteDatabase database, BulkOperation operation, long place)
    {
        using var row = operation.Kind == OperationKind.Cancel
            ? database.Prepare(SelectWaiting).Bind(1, place)
            : database.Prepare(SelectUntouched).Bind(1, place).Bind(2, UnixMicroseconds.From(operation.Cutoff));
        return row.Step();
    }
}
