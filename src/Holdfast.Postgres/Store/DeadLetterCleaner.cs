using Holdfast.Pipeline.DeadLetters;
using Holdfast.Postgres.Database;
using Npgsql;

namespace Holdfast.Postgres.Store;

/// <summary>
/// Gives dead letters up and deletes them, and moves in the ledger what had not been recovered; at most <see cref="LettersPerStep"/> at a
/// time. A letter that somebody is replaying stays. Within a transaction of the caller's.
/// </summary>
internal sealed class DeadLetterCleaner(NpgsqlConnection connection, DateTimeOffset now)
{
    private const int LettersPerStep = 5_000;

    // Nobody has it. $2 is the time.
    private const string Free = "(status <> 'retrying' OR coalesce(lease_until, $2) <= $2)";

    // Of what a statement calls gone; recovered letters count as stored, discarded ones as discarded already. The accounts in their order, as
    // everybody takes them.
    private const string CountGone =
        """
        , sums AS (
          SELECT spool_id, coalesce(sum(row_count) FILTER (WHERE kind = 'event'), 0) AS events, coalesce(sum(row_count) FILTER (WHERE kind = 'sample'), 0) AS samples
          FROM gone WHERE was IN ('pending', 'retrying', 'failed') GROUP BY spool_id
        ), accounts AS (
          SELECT spool_id FROM holdfast.spool_totals WHERE spool_id IN (SELECT spool_id FROM sums) ORDER BY spool_id FOR UPDATE
        ), counted AS (
          UPDATE holdfast.spool_totals t SET
            events_dead_lettered = t.events_dead_lettered - s.events, events_discarded = t.events_discarded + s.events,
            samples_dead_lettered = t.samples_dead_lettered - s.samples, samples_discarded = t.samples_discarded + s.samples
          FROM sums s JOIN accounts a ON a.spool_id = s.spool_id WHERE t.spool_id = s.spool_id
        )
        """;

    private const string DiscardOpen =
        """
        WITH chosen AS (
          SELECT id, status FROM monitoring.dead_letter_queue
          WHERE id = ANY($1) AND status IN ('pending', 'retrying', 'failed') AND
        """ + " " + Free + """
         ORDER BY id FOR UPDATE
        ), gone AS (
          UPDATE monitoring.dead_letter_queue d SET status = 'discarded', next_retry_at = NULL, leased_by = NULL, lease_until = NULL
          FROM chosen c WHERE d.id = c.id
          RETURNING d.id, d.spool_id, d.kind, d.row_count, c.status AS was
        )
        """ + CountGone + " SELECT id FROM gone ORDER BY id";

    private const string Delete =
        """
        , gone AS (
          DELETE FROM monitoring.dead_letter_queue d USING chosen c WHERE d.id = c.id
          RETURNING d.id, d.spool_id, d.kind, d.row_count, d.status AS was
        )
        """ + CountGone + " SELECT count(*), coalesce(sum(row_count) FILTER (WHERE was IN ('pending', 'retrying', 'failed')), 0)::bigint FROM gone";

    private const string Old = "created_at < $1 AND " + Free + " AND status = ANY($3)";

    private const string DeleteOld =
        "WITH chosen AS (SELECT id FROM monitoring.dead_letter_queue WHERE " + Old + " ORDER BY created_at, id LIMIT $4 FOR UPDATE SKIP LOCKED)" + Delete;

    private const string CountOld = "SELECT status, count(*), sum(row_count)::bigint FROM monitoring.dead_letter_queue WHERE " + Old + " GROUP BY status";

    // Two who count the same excess would delete it twice.
    private const string TryLock = "SELECT pg_try_advisory_xact_lock(hashtextextended('holdfast.trim_dead_letters', 0))";

    private const string SelectOldest =
        "SELECT id, size_bytes FROM monitoring.dead_letter_queue WHERE status = ANY($1) AND " + Free + " ORDER BY id LIMIT $3";

    private const string DeleteChosen =
        "WITH chosen AS (SELECT id FROM monitoring.dead_letter_queue WHERE id = ANY($1) AND " + Free
        + " AND status = ANY($3) ORDER BY id FOR UPDATE SKIP LOCKED)" + Delete;

    public async ValueTask<IReadOnlyList<long>> DiscardAsync(IReadOnlyList<long> ids, CancellationToken cancellationToken) =>
        await connection.QueryAsync(DiscardOpen, row => row.GetInt64(0), cancellationToken, ids.ToArray(), now.UtcDateTime);

    public ValueTask<DeadLetterPurged> PurgeAsync(DeadLetterPurge purge, CancellationToken cancellationToken) => DeleteAsync(
        DeleteOld, cancellationToken, purge.Before.UtcDateTime, now.UtcDateTime, Names(purge.Statuses), LettersPerStep);

    public async ValueTask<IReadOnlyList<DeadLetterPurgeable>> CountPurgeableAsync(DeadLetterPurge purge, CancellationToken cancellationToken)
    {
        var counts = await connection.QueryAsync(
            CountOld,
            row => new DeadLetterPurgeable(DeadLetterStatuses.Parse(row.GetString(0)), row.GetInt64(1), row.GetInt64(2)),
            cancellationToken,
            purge.Before.UtcDateTime, now.UtcDateTime, Names(purge.Statuses));
        return [.. counts.OrderBy(count => count.Status)];
    }

    /// <summary>One node at a time; the others find nothing to do.</summary>
    public async ValueTask<DeadLetterPurged> TrimAsync(DeadLetterLimits limits, CancellationToken cancellationToken)
    {
        if (!await connection.ScalarAsync<bool>(TryLock, cancellationToken))
        {
            return default;
        }

        var purged = await DeleteOldestAsync(limits.ExcessOf, [DeadLetterStatus.Recovered, DeadLetterStatus.Discarded], cancellationToken);
        purged += await DeleteOldestAsync(limits.ExcessOf, [DeadLetterStatus.Failed], cancellationToken);
        return purged + await DeleteOldestAsync(limits.HardExcessOf, [DeadLetterStatus.Pending, DeadLetterStatus.Retrying], cancellationToken);
    }

    private async ValueTask<DeadLetterPurged> DeleteOldestAsync(
        Func<DeadLetterTotals, DeadLetterExcess> excessOf, IReadOnlyList<DeadLetterStatus> statuses, CancellationToken cancellationToken)
    {
        var excess = excessOf(await DeadLetterReader.CountAsync(connection, cancellationToken));
        if (!excess.Any)
        {
            return default;
        }

        var candidates = await connection.QueryAsync(
            SelectOldest, row => (row.GetInt64(0), row.GetInt64(1)), cancellationToken, Names(statuses), now.UtcDateTime, LettersPerStep);
        return await DeleteAsync(DeleteChosen, cancellationToken, excess.Take(candidates).ToArray(), now.UtcDateTime, Names(statuses));
    }

    private static string[] Names(IReadOnlyList<DeadLetterStatus> statuses) => [.. statuses.Select(DeadLetterStatuses.NameOf)];

    private async ValueTask<DeadLetterPurged> DeleteAsync(string sql, CancellationToken cancellationToken, params IReadOnlyList<object?> parameters)
    {
        var done = await connection.QueryAsync(sql, row => (Letters: row.GetInt64(0), Rows: row.GetInt64(1)), cancellationToken, parameters);
        return new DeadLetterPurged(done[0].Letters, done[0].Rows, More: done[0].Letters >= LettersPerStep);
    }
}
