using Holdfast.Operations;
using Npgsql;

namespace Holdfast.Postgres.Operations;

/// <summary>Operations as rows.</summary>
internal static class OperationRow
{
    public const string Columns =
        """
        id, kind, target_kind, filter, rate_per_second, canary, stop_above, actor, reason, created_at, cutoff, state, matched, taken, succeeded, failed, skipped,
        step, base_taken, base_succeeded, base_failed, base_skipped, position, all_taken, because, ended_at, version
        """;

    public static BulkOperation Read(NpgsqlDataReader row) => new()
    {
        Id = row.GetGuid(0),
        Kind = OperationJson.Kinds[row.GetString(1)]!.Value,
        Over = OperationJson.Overs[row.GetString(2)]!.Value,
        Filter = row.GetString(3),
        RatePerSecond = row.IsDBNull(4) ? null : row.GetDouble(4),
        Canary = row.GetBoolean(5),
        StopAbove = row.GetDouble(6),
        Actor = row.GetString(7),
        Reason = row.IsDBNull(8) ? null : row.GetString(8),
        CreatedAt = row.GetFieldValue<DateTimeOffset>(9),
        Cutoff = row.GetFieldValue<DateTimeOffset>(10),
        State = OperationJson.States[row.GetString(11)]!.Value,
        Matched = row.IsDBNull(12) ? null : row.GetInt64(12),
        Progress = ReadProgress(row, 13),
        Step = row.GetInt32(17),
        StepBase = ReadProgress(row, 18),
        Position = row.GetInt64(22),
        AllTaken = row.GetBoolean(23),
        Because = row.IsDBNull(24) ? null : row.GetString(24),
        EndedAt = row.IsDBNull(25) ? null : row.GetFieldValue<DateTimeOffset>(25),
        Version = row.GetInt32(26),
    };

    /// <summary>Four columns in the order of the record.</summary>
    public static OperationProgress ReadProgress(NpgsqlDataReader row, int column) =>
        new(row.GetInt64(column), row.GetInt64(column + 1), row.GetInt64(column + 2), row.GetInt64(column + 3));
}
