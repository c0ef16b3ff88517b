using Holdfast.Pipeline;
using Holdfast.Pipeline.DeadLetters;
using Holdfast.Postgres.Database;
using Holdfast.Spool;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Holdfast.Postgres.Store;

/// <summary>
/// Tries to store letters again, all in one transaction, each under a savepoint. The letters are locked first and the accounts of their
/// spools after them, in order, as everybody does who wants both.
/// </summary>
internal sealed class DeadLetterReplay(NpgsqlConnection connection, WriterMemory memory, DateTimeOffset now, ILogger log)
{
    private const string Savepoint = "letter";

    private const string ClaimDue =
        """
        UPDATE monitoring.dead_letter_queue SET status = 'retrying', leased_by = $1, lease_until = $2
        WHERE id IN (
          SELECT id FROM monitoring.dead_letter_queue
          WHERE (status = 'pending' AND next_retry_at <= $3 AND retry_count < max_retries) OR (status = 'retrying' AND coalesce(lease_until, $3) <= $3)
          ORDER BY next_retry_at, id LIMIT $4 FOR UPDATE SKIP LOCKED)
        RETURNING id
        """;

    private const string ReturnHeld =
        "UPDATE monitoring.dead_letter_queue SET status = 'pending', leased_by = NULL, lease_until = NULL WHERE status = 'retrying' AND leased_by = $1";

    private const string MarkRecovered =
        """
        UPDATE monitoring.dead_letter_queue SET status = 'recovered', retry_count = $2, max_retries = $3, last_retry_at = $4, recovered_at = $4,
          next_retry_at = NULL, leased_by = NULL, lease_until = NULL
        WHERE id = $1
        """;

    private const string MarkRefused =
        """
        UPDATE monitoring.dead_letter_queue SET status = $5, retry_count = $2, max_retries = $3, last_retry_at = $4, next_retry_at = $6::timestamptz,
          failure_reason = $7, sqlstate = $8, constraint_name = $9::text, column_name = $10::text, fingerprint = $11, leased_by = NULL, lease_until = NULL
        WHERE id = $1
        """;

    public static async ValueTask<IReadOnlyList<long>> ClaimAsync(
        NpgsqlConnection connection, DeadLetterClaim claim, DateTimeOffset now, CancellationToken cancellationToken) =>
        await connection.QueryAsync(
            ClaimDue, row => row.GetInt64(0), cancellationToken, claim.LeasedBy, (now + claim.Lease).UtcDateTime, now.UtcDateTime, claim.Limit);

    public static ValueTask<int> ReturnAsync(NpgsqlConnection connection, string leasedBy, CancellationToken cancellationToken) =>
        connection.ExecuteAsync(ReturnHeld, cancellationToken, leasedBy);

    public async ValueTask<IReadOnlyList<ReplayOutcome>> RunAsync(ReplayOrder order, CancellationToken cancellationToken)
    {
        await using var transaction = await memory.Transactions.BeginAsync(connection, memory.TimeMax, cancellationToken);

        // 1. The letters, locked: from here on nobody else replays, edits or discards them.
        var letters = (await DeadLetterReader.LockAsync(connection, order.Ids, cancellationToken)).Where(letter => letter.MayBeTried(order, now)).ToList();

        // 2. The accounts of their spools, locked too: from here on nobody else writes for those.
        var accounts = new Dictionary<Guid, SpoolAccount>();
        foreach (var spoolId in letters.Select(letter => letter.SpoolId).Distinct().Order())
        {
            accounts[spoolId] = await SpoolAccount.LockAsync(connection, spoolId, cancellationToken);
        }

        // 3. Each letter by itself; then what became of them, the totals, and the commit.
        await using var last = new NpgsqlBatch(connection);
        var outcomes = new Dictionary<long, ReplayOutcome>();
        foreach (var letter in letters)
        {
            var refusal = await StoreOrTakeBackAsync(transaction, letter, accounts[letter.SpoolId], cancellationToken);
            outcomes[letter.Id] = Conclude(letter, refusal, order, last);
        }

        foreach (var account in accounts.Values)
        {
            account.Save(last);
        }

        if (last.BatchCommands.Count > 0)
        {
            await last.ExecuteNonQueryAsync(cancellationToken);
        }

        await transaction.CommitAsync(cancellationToken);
        return [.. order.Ids.Select(id => outcomes.GetValueOrDefault(id) ?? new ReplayOutcome(id, ReplayResult.Skipped))];
    }

    /// <summary>All its rows or none: what a letter stands for is decided as one.</summary>
    private async ValueTask<Refusal?> StoreOrTakeBackAsync(
        NpgsqlTransaction transaction, DeadLetter letter, SpoolAccount account, CancellationToken cancellationToken)
    {
        await transaction.SaveAsync(Savepoint, cancellationToken);
        var refused = new List<RefusedRow>();
        var written = letter.Kind == SpoolKind.Event
            ? await StoreEventsAsync(transaction, letter.ToBatch(), account, refused, cancellationToken)
            : await StoreSamplesAsync(transaction, letter.ToBatch(), account, refused, cancellationToken);
        if (refused is [var first, ..])
        {
            await connection.ExecuteAsync($"ROLLBACK TO SAVEPOINT {Savepoint}; RELEASE SAVEPOINT {Savepoint}", cancellationToken);
            return first.Refusal;
        }

        await transaction.ReleaseAsync(Savepoint, cancellationToken);
        var totals = letter.Kind == SpoolKind.Event ? account.Events : account.Samples;
        totals.DeadLettered -= letter.RowCount;
        totals.Stored += written.Stored;
        totals.Duplicates += written.Repeats;
        return null;
    }

    private async ValueTask<(long Stored, long Repeats)> StoreEventsAsync(
        NpgsqlTransaction transaction, SpooledBatch batch, SpoolAccount account, List<RefusedRow> refused, CancellationToken cancellationToken)
    {
        var (stored, repeats) = (0L, 0L);
        foreach (var rows in EventRows.ByDay(account.SpoolId, [batch], refused))
        {
            using (rows)
            {
                stored += await StoreAsync(transaction, memory.EventApproaches, rows, cancellationToken);
                repeats += rows.Repeats;
            }
        }

        return (stored, repeats);
    }

    private async ValueTask<(long Stored, long Repeats)> StoreSamplesAsync(
        NpgsqlTransaction transaction, SpooledBatch batch, SpoolAccount account, List<RefusedRow> refused, CancellationToken cancellationToken)
    {
        var sets = new SampleSets([batch], refused);

        // A catalog for this letter alone: what it learns is gone again if the letter is refused.
        var refusedSeries = await new SeriesCatalog().EnterAsync(connection, transaction, sets.ReadSeries(), PgTime.DayOf(now), cancellationToken);
        var stored = 0L;
        foreach (var rows in sets.ByDay(account.Key, refusedSeries))
        {
            using (rows)
            {
                stored += await StoreAsync(transaction, memory.SampleApproaches, rows, cancellationToken);
            }
        }

        return (stored, 0);
    }

    private async ValueTask<long> StoreAsync(NpgsqlTransaction transaction, ApproachChoice choice, RowSet rows, CancellationToken cancellationToken)
    {
        try
        {
            return (await new RowSetWriter(connection, transaction, choice, rows, log).WriteAsync(cancellationToken)).Stored;
        }
        catch (SuspectSchemaException)
        {
            return 0; // its rows are among the refused, which is all that counts here
        }
    }

    private ReplayOutcome Conclude(DeadLetter letter, Refusal? refusal, ReplayOrder order, NpgsqlBatch batch)
    {
        var before = new ReplayAttempts(letter.RetryCount, letter.MaxRetries);
        var attempts = (order.LeasedBy is null ? before.WithRoom() : before).WithOneMore();
        if (refusal is null)
        {
            batch.Add(MarkRecovered, letter.Id, attempts.Count, attempts.Max, now.UtcDateTime);
        }
        else
        {
            var (code, constraint, column, reason) = refusal;
            batch.Add(
                MarkRefused, letter.Id, attempts.Count, attempts.Max, now.UtcDateTime,
                DeadLetterStatuses.NameOf(attempts.UsedUp ? DeadLetterStatus.Failed : DeadLetterStatus.Pending),
                attempts.UsedUp ? null : (now + order.DelayAfter(attempts.Count)).UtcDateTime,
                reason, code, constraint, column, DeadLetterPayload.Fingerprint(letter.KindName, code, constraint ?? column));
        }

        var result = refusal is null ? ReplayResult.Recovered : attempts.UsedUp ? ReplayResult.Failed : ReplayResult.Refused;
        return new ReplayOutcome(letter.Id, result, refusal, LimitRaised: attempts.Max > before.Max);
    }
}
