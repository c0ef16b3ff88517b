using Holdfast.Postgres.Database;
using Holdfast.Postgres.Store;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Holdfast.Postgres.Retries;

/// <summary>
/// Keeps the queue's tables small: folds running sums, makes the days of history that come and drops those that are over, deletes what was
/// put aside long ago. By the database's clock alone. A bounded step, whose parts are transactions of their own.
/// </summary>
internal sealed class RetryUpkeep(NpgsqlConnection connection, ILogger log)
{
    private const int RowsPerStep = 5_000;
    private const int DeltasPerStep = 50_000;

    private const string Fold = "SELECT holdfast.fold_retry_counts($1)";

    // Yesterday's too: a transaction may have begun before midnight.
    private const string MakeDays =
        "SELECT count(holdfast.ensure_retry_day((holdfast.clock() AT TIME ZONE 'UTC')::date + days)) FROM generate_series(-1, 3) days";

    private const string NoteOutcomes = "SELECT holdfast.note_operation_outcomes() IS NULL";

    private const string PruneOperations = "SELECT holdfast.prune_operations(holdfast.clock() - $1::interval, $2)";

    private const string DropDay = "SELECT holdfast.drop_retry_day(holdfast.clock() - $1::interval)";

    private const string PruneAside = "SELECT holdfast.prune_retries_aside($1, holdfast.clock() - $2::interval, $3)";

    // The id of a process that has ended must be known while somebody may still come with it.
    private const string ForgetProcesses =
        """
        DELETE FROM holdfast.retry_processes p
        WHERE least(p.lease_until, p.ended_at) < holdfast.clock() - interval '7 days'
          AND NOT EXISTS (SELECT FROM holdfast.retry_leases l WHERE l.process = p.process)
        """;

    private static readonly string[] Finished = ["failed", "cancelled"];
    private static readonly string[] DeadLetters = ["dead_letter"];

    public async ValueTask<bool> RunAsync(TimeSpan keepHistory, TimeSpan keepDeadLetters, CancellationToken cancellationToken)
    {
        await MakeDaysAsync(cancellationToken);
        await connection.ScalarAsync<bool>(NoteOutcomes, cancellationToken);
        var dropped = await TryDropDayAsync(keepHistory, cancellationToken);
        var finished = await connection.ScalarAsync<int>(PruneAside, cancellationToken, Finished, keepHistory, RowsPerStep);
        var dead = await connection.ScalarAsync<int>(PruneAside, cancellationToken, DeadLetters, keepDeadLetters, RowsPerStep);
        var operations = await connection.ScalarAsync<bool>(PruneOperations, cancellationToken, keepHistory, RowsPerStep);
        await connection.ExecuteAsync(ForgetProcesses, cancellationToken);
        var folded = await connection.ScalarAsync<int>(Fold, cancellationToken, DeltasPerStep);
        return dropped || operations || finished >= RowsPerStep || dead >= RowsPerStep || folded >= DeltasPerStep;
    }

    /// <summary>A fault here is only said: nobody needs the days yet, and who needs one makes it.</summary>
    public async ValueTask MakeDaysAsync(CancellationToken cancellationToken)
    {
        try
        {
            await connection.ScalarAsync<long>(MakeDays, cancellationToken);
        }
        catch (PostgresException fault)
        {
            StoreLog.PartitionsNotPrepared(log, fault.SqlState, fault.MessageText);
        }
    }

    private async ValueTask<bool> TryDropDayAsync(TimeSpan keepHistory, CancellationToken cancellationToken)
    {
        try
        {
            return await connection.ScalarAsync<bool>(DropDay, cancellationToken, keepHistory);
        }
        catch (PostgresException fault) when (fault.SqlState == SqlStates.LockNotAvailable)
        {
            StoreLog.PartitionInUse(log, "of the history of retries", fault.MessageText);
            return false;
        }
    }
}
