using System.Text.Json;
using Holdfast.Pipeline.DeadLetters;
using Holdfast.Sqlite.Native;
using Holdfast.Storage;

namespace Holdfast.Sqlite.Store;

/// <summary>
/// Gives dead letters up and deletes them, and moves in the ledger what had not been recovered. At most <see cref="LettersPerStep"/> at a
/// time, so that the flusher never waits long. A letter that somebody is replaying stays.
/// </summary>
internal sealed class DeadLetterCleaner(SqliteDatabase database, DateTimeOffset now)
{
    public const int LettersPerStep = 2_000;

    // Nobody has it.
    private const string Free = "(status <> 'retrying' OR coalesce(lease_until, 0) <= ?2)";

    private const string SelectOpen =
        "SELECT id FROM dead_letter_queue WHERE id IN (SELECT value FROM json_each(?1)) AND status IN ('pending', 'retrying', 'failed') AND " + Free;

    private const string Old = "created_at < ?1 AND " + Free + " AND status IN (SELECT value FROM json_each(?3))";

    private const string SelectOld = "SELECT id FROM dead_letter_queue WHERE " + Old + " ORDER BY created_at, id LIMIT ?4";

    private const string CountOld = "SELECT status, count(*), sum(row_count) FROM dead_letter_queue WHERE " + Old + " GROUP BY status";

    private const string SelectOldest =
        "SELECT id, size_bytes FROM dead_letter_queue WHERE status IN (SELECT value FROM json_each(?1)) AND " + Free + " ORDER BY id LIMIT ?3";

    // Recovered letters count as stored, discarded ones as discarded already.
    private const string SumOpen =
        """
        SELECT spool_id, kind, sum(row_count) FROM dead_letter_queue
        WHERE status IN ('pending', 'retrying', 'failed') AND id IN (SELECT value FROM json_each(?1)) GROUP BY spool_id, kind
        """;

    private const string MarkDiscarded =
        """
        UPDATE dead_letter_queue SET status = 'discarded', next_retry_at = NULL, leased_by = NULL, lease_until = NULL
        WHERE id IN (SELECT value FROM json_each(?1))
        """;

    private const string DeleteChosen = "DELETE FROM dead_letter_queue WHERE id IN (SELECT value FROM json_each(?1))";

    private readonly long _now = UnixMicroseconds.From(now);

    public IReadOnlyList<long> Discard(IReadOnlyList<long> ids)
    {
        var open = SelectIds(database.Prepare(SelectOpen).Bind(1, DeadLetterReader.List(ids)).Bind(2, _now));
        MoveToDiscarded(open);
        database.Prepare(MarkDiscarded).Bind(1, DeadLetterReader.List(open)).Run();
        return open;
    }

    public DeadLetterPurged Purge(DeadLetterPurge purge) => Delete(SelectIds(
        database.Prepare(SelectOld).Bind(1, UnixMicroseconds.From(purge.Before)).Bind(2, _now).Bind(3, List(purge.Statuses)).Bind(4, LettersPerStep)));

    public IReadOnlyList<DeadLetterPurgeable> CountPurgeable(DeadLetterPurge purge)
    {
        var counts = new List<DeadLetterPurgeable>();
        using var rows = database.Prepare(CountOld).Bind(1, UnixMicroseconds.From(purge.Before)).Bind(2, _now).Bind(3, List(purge.Statuses));
        while (rows.Step())
        {
            counts.Add(new DeadLetterPurgeable(DeadLetterStatuses.Parse(rows.Text(0)), rows.Int64(1), rows.Int64(2)));
        }

        return [.. counts.OrderBy(count => count.Status)];
    }

    public DeadLetterPurged Trim(DeadLetterLimits limits)
    {
        var purged = DeleteOldest(limits.ExcessOf(DeadLetterReader.Count(database)), [DeadLetterStatus.Recovered, DeadLetterStatus.Discarded]);
        purged += DeleteOldest(limits.ExcessOf(DeadLetterReader.Count(database)), [DeadLetterStatus.Failed]);
        return purged + DeleteOldest(limits.HardExcessOf(DeadLetterReader.Count(database)), [DeadLetterStatus.Pending, DeadLetterStatus.Retrying]);
    }

    private DeadLetterPurged DeleteOldest(DeadLetterExcess excess, IReadOnlyList<DeadLetterStatus> statuses)
    {
        if (!excess.Any)
        {
            return default;
        }

        var candidates = new List<(long Id, long SizeBytes)>();
        using (var rows = database.Prepare(SelectOldest).Bind(1, List(statuses)).Bind(2, _now).Bind(3, LettersPerStep))
        {
            while (rows.Step())
            {
                candidates.Add((rows.Int64(0), rows.Int64(1)));
            }
        }

        return Delete(excess.Take(candidates));
    }

    private DeadLetterPurged Delete(IReadOnlyList<long> ids)
    {
        if (ids.Count == 0)
        {
            return default;
        }

        var discarded = MoveToDiscarded(ids);
        database.Prepare(DeleteChosen).Bind(1, DeadLetterReader.List(ids)).Run();
        return new DeadLetterPurged(ids.Count, discarded, More: ids.Count >= LettersPerStep);
    }

    private long MoveToDiscarded(IReadOnlyList<long> ids)
    {
        var moved = 0L;
        foreach (var (spoolId, kind, rows) in ReadSums(ids))
        {
            var account = SpoolAccount.FindOrAdd(database, spoolId);
            var totals = kind == "event" ? account.Events : account.Samples;
            totals.DeadLettered -= rows;
            totals.Discarded += rows;
            account.Save(database);
            moved += rows;
        }

        return moved;
    }

    private List<(Guid SpoolId, string Kind, long Rows)> ReadSums(IReadOnlyList<long> ids)
    {
        var sums = new List<(Guid SpoolId, string Kind, long Rows)>();
        using var rows = database.Prepare(SumOpen).Bind(1, DeadLetterReader.List(ids));
        while (rows.Step())
        {
            sums.Add((rows.Guid(0), rows.Text(1), rows.Int64(2)));
        }

        return sums;
    }

    private static string List(IReadOnlyList<DeadLetterStatus> statuses) => JsonSerializer.Serialize(statuses.Select(DeadLetterStatuses.NameOf));

    private static IReadOnlyList<long> SelectIds(SqliteStatement statement)
    {
        using (statement)
        {
            return DeadLetterReader.ReadIds(statement);
        }
    }
}
