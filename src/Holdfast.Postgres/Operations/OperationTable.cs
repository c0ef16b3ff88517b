using Holdfast.Operations;

namespace Holdfast.Postgres.Operations;

/// <summary>Writes operations down, changes them, and says who may move them on: each is one statement.</summary>
internal static class OperationTable
{
    public const string SelectOne = $"SELECT {OperationRow.Columns} FROM holdfast.operations WHERE id = $1";

    public const string SelectNewest = $"SELECT {OperationRow.Columns} FROM holdfast.operations ORDER BY number DESC LIMIT $1";

    // Again with the same id: the update changes nothing, and so the row that is there is returned.
    private const string Insert =
        $"""
        INSERT INTO holdfast.operations AS o (
          id, kind, target_kind, filter, rate_per_second, canary, stop_above, actor, reason, created_at, cutoff, state, taken, succeeded, failed, skipped, step,
          base_taken, base_succeeded, base_failed, base_skipped, position, all_taken, version)
        VALUES ($1, $2, $3, $4::json, $5, $6, $7, $8, $9, holdfast.clock(), holdfast.clock(), 'running', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, false, 0)
        ON CONFLICT (id) DO UPDATE SET version = o.version
        RETURNING {OperationRow.Columns}
        """;

    private const string Update =
        $"""
        UPDATE holdfast.operations SET state = $3, matched = $4, step = $5, position = $6, all_taken = $7, because = $8,
          ended_at = CASE WHEN $9 THEN coalesce(ended_at, holdfast.clock()) END, version = version + 1,
          taken = $10, succeeded = $11, failed = $12, skipped = $13, base_taken = $14, base_succeeded = $15, base_failed = $16, base_skipped = $17
        WHERE id = $1 AND version = $2
        RETURNING {OperationRow.Columns}
        """;

    // A lease of which more than half is left is not written anew: the round of a worker that has nothing to do writes nothing.
    private const string Lease =
        $"""
        WITH mine AS (
          SELECT id, driver IS NOT DISTINCT FROM $1 AND driven_until > holdfast.clock() + $2 / 2 AS is_fresh FROM holdfast.operations
          WHERE state = 'running' AND (driver IS NULL OR driver = $1 OR driven_until <= holdfast.clock()) ORDER BY number LIMIT $3 FOR UPDATE
        ), renewed AS (
          UPDATE holdfast.operations SET driver = $1, driven_until = holdfast.clock() + $2 WHERE id IN (SELECT id FROM mine WHERE NOT is_fresh)
          RETURNING {OperationRow.Columns}, number
        ), fresh AS (
          SELECT {OperationRow.Columns}, number FROM holdfast.operations WHERE id IN (SELECT id FROM mine WHERE is_fresh)
        )
        SELECT * FROM renewed UNION ALL SELECT * FROM fresh ORDER BY number
        """;

    public static (string Sql, object?[] Parameters) Create(BulkOperation operation) =>
    (
        Insert,
        [
            operation.Id, OperationJson.NameOf(operation.Kind), OperationJson.NameOf(operation.Over), operation.Filter, operation.RatePerSecond, operation.Canary,
            operation.StopAbove, operation.Actor, operation.Reason,
        ]);

    public static (string Sql, object?[] Parameters) Save(BulkOperation operation) =>
    (
        Update,
        [
            operation.Id, operation.Version, OperationJson.NameOf(operation.State), operation.Matched, operation.Step, operation.Position, operation.AllTaken,
            operation.Because, operation.IsOver, .. Columns(operation.Progress), .. Columns(operation.StepBase),
        ]);

    public static (string Sql, object?[] Parameters) LeaseSome(Guid process, TimeSpan lease, int limit) => (Lease, [process, lease, limit]);

    private static object?[] Columns(OperationProgress progress) => [progress.Taken, progress.Succeeded, progress.Failed, progress.Skipped];
}
