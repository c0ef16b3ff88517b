using Holdfast.Pipeline;
using Holdfast.Pipeline.DeadLetters;
using Holdfast.Spool;
using Holdfast.Sqlite.Native;
using Holdfast.Storage;

namespace Holdfast.Sqlite.Store;

/// <summary>Claims letters and tries to store them again. Used by the writer alone, inside its transaction.</summary>
internal sealed class DeadLetterReplay(SqliteDatabase database, SeriesCatalog catalog, DateTimeOffset now)
{
    private const string ClaimDue =
        """
        UPDATE dead_letter_queue SET status = 'retrying', leased_by = ?1, lease_until = ?2
        WHERE id IN (
          SELECT id FROM dead_letter_queue
          WHERE status IN ('pending', 'retrying')
            AND CASE status WHEN 'pending' THEN next_retry_at <= ?3 AND retry_count < max_retries ELSE coalesce(lease_until, 0) <= ?3 END
          ORDER BY next_retry_at, id LIMIT ?4)
        RETURNING id
        """;

    private const string ReturnHeld =
        "UPDATE dead_letter_queue SET status = 'pending', leased_by = NULL, lease_until = NULL WHERE status = 'retrying' AND leased_by = ?";

    private const string MarkRecovered =
        """
        UPDATE dead_letter_queue SET status = 'recovered', retry_count = ?2, max_retries = ?3, last_retry_at = ?4, recovered_at = ?4,
          next_retry_at = NULL, leased_by = NULL, lease_until = NULL
        WHERE id = ?1
        """;

    private const string MarkRefused =
        """
        UPDATE dead_letter_queue SET status = ?5, retry_count = ?2, max_retries = ?3, last_retry_at = ?4, next_retry_at = ?6,
          failure_reason = ?7, sqlstate = ?8, constraint_name = ?9, column_name = ?10, fingerprint = ?11, leased_by = NULL, lease_until = NULL
        WHERE id = ?1
        """;

    private readonly long _now = UnixMicroseconds.From(now);

    public IReadOnlyList<long> Claim(DeadLetterClaim claim)
    {
        using var rows = database.Prepare(ClaimDue)
            .Bind(1, claim.LeasedBy).Bind(2, UnixMicroseconds.From(now + claim.Lease)).Bind(3, _now).Bind(4, claim.Limit);
        return DeadLetterReader.ReadIds(rows);
    }

    public static int Return(SqliteDatabase database, string leasedBy)
    {
        database.Prepare(ReturnHeld).Bind(1, leasedBy).Run();
        return database.Changes;
    }

    public ReplayOutcome Try(long id, ReplayOrder order)
    {
        if (DeadLetterReader.Get(database, id) is not { } letter || !letter.MayBeTried(order, now))
        {
            return new ReplayOutcome(id, ReplayResult.Skipped);
        }

        var before = new ReplayAttempts(letter.RetryCount, letter.MaxRetries);
        var attempts = (order.LeasedBy is null ? before.WithRoom() : before).WithOneMore();
        var refusal = StoreOrTakeBack(letter);
        Mark(letter, attempts, refusal, order.DelayAfter);
        var result = refusal is null ? ReplayResult.Recovered : attempts.UsedUp ? ReplayResult.Failed : ReplayResult.Refused;
        return new ReplayOutcome(id, result, refusal, LimitRaised: attempts.Max > before.Max);
    }

    /// <summary>All its rows or none: what a letter stands for is decided as one.</summary>
    private Refusal? StoreOrTakeBack(DeadLetter letter)
    {
        database.Execute("SAVEPOINT letter");
        var account = SpoolAccount.FindOrAdd(database, letter.SpoolId);
        var refused = new List<RefusedRow>();
        if (letter.Kind == SpoolKind.Event)
        {
            new EventWriter(database, account, refused).Write(letter.ToBatch());
        }
        else
        {
            new SampleWriter(database, account, catalog, refused).Write(letter.ToBatch());
        }

        if (refused is [var first, ..])
        {
            database.Execute("ROLLBACK TO letter; RELEASE letter");
            catalog.Forget(); // a series that came with it is gone again
            return first.Refusal;
        }

        var totals = letter.Kind == SpoolKind.Event ? account.Events : account.Samples;
        totals.DeadLettered -= letter.RowCount;
        account.Save(database);
        database.Execute("RELEASE letter");
        return null;
    }

    private void Mark(DeadLetter letter, ReplayAttempts attempts, Refusal? refusal, Func<int, TimeSpan> delayAfter)
    {
        if (refusal is null)
        {
            database.Prepare(MarkRecovered).Bind(1, letter.Id).Bind(2, attempts.Count).Bind(3, attempts.Max).Bind(4, _now).Run();
            return;
        }

        var (code, constraint, column, reason) = refusal;
        database.Prepare(MarkRefused)
            .Bind(1, letter.Id).Bind(2, attempts.Count).Bind(3, attempts.Max).Bind(4, _now)
            .Bind(5, DeadLetterStatuses.NameOf(attempts.UsedUp ? DeadLetterStatus.Failed : DeadLetterStatus.Pending))
            .Bind(6, attempts.UsedUp ? null : (long?)UnixMicroseconds.From(now + delayAfter(attempts.Count)))
            .Bind(7, reason).Bind(8, code).Bind(9, constraint).Bind(10, column)
            .Bind(11, DeadLetterPayload.Fingerprint(letter.KindName, code, constraint ?? column))
            .Run();
    }
}
