using Holdfast.Operations;
using Holdfast.Sqlite.Native;
using Holdfast.Storage;

namespace Holdfast.Sqlite.Operations;

/// <summary>Operations as rows.</summary>
internal static class OperationRow
{
    /// <summary>The columns and the table; what follows says which.</summary>
    public const string Select =
        """
        SELECT id, kind, target_kind, filter, rate_per_second, canary, stop_above, actor, reason, created_at, cutoff, state, matched, taken, succeeded, failed,
          skipped, step, base_taken, base_succeeded, base_failed, base_skipped, position, all_taken, because, ended_at, version
        FROM operations
        """;

    public static IReadOnlyList<BulkOperation> ReadAll(SqliteStatement rows)
    {
        var operations = new List<BulkOperation>();
        while (rows.Step())
        {
            operations.Add(Read(rows));
        }

        return operations;
    }

    public static BulkOperation Read(SqliteStatement row) => new()
    {
        Id = row.Guid(0),
        Kind = (OperationKind)row.Int64(1),
        Over = (OperationOver)row.Int64(2),
        Filter = row.Text(3),
        RatePerSecond = row.IsNull(4) ? null : row.Double(4),
        Canary = row.Int64(5) != 0,
        StopAbove = row.Double(6),
        Actor = row.Text(7),
        Reason = row.TextOrNull(8),
        CreatedAt = UnixMicroseconds.ToInstant(row.Int64(9)),
        Cutoff = UnixMicroseconds.ToInstant(row.Int64(10)),
        State = (OperationState)row.Int64(11),
        Matched = row.Int64OrNull(12),
        Progress = ReadProgress(row, 13),
        Step = (int)row.Int64(17),
        StepBase = ReadProgress(row, 18),
        Position = row.Int64(22),
        AllTaken = row.Int64(23) != 0,
        Because = row.TextOrNull(24),
        EndedAt = row.Int64OrNull(25) is { } ended ? UnixMicroseconds.ToInstant(ended) : null,
        Version = (int)row.Int64(26),
    };

    /// <summary>Four columns in the order of the record.</summary>
    public static OperationProgress ReadProgress(SqliteStatement row, int column) =>
        new(row.Int64(column), row.Int64(column + 1), row.Int64(column + 2), row.Int64(column + 3));

    /// <summary>Four parameters in the order of the record.</summary>
    public static SqliteStatement Bind(this SqliteStatement statement, int parameter, OperationProgress progress) => statement
        .Bind(parameter, progress.Taken).Bind(parameter + 1, progress.Succeeded).Bind(parameter + 2, progress.Failed).Bind(parameter + 3, progress.Skipped);
}
