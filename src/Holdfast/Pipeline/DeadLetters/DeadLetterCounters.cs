namespace Holdfast.Pipeline.DeadLetters;

/// <summary>What happened to dead letters since the process started, and how many there are. Thread-safe.</summary>
internal sealed class DeadLetterCounters
{
    private long _replayed;
    private long _recovered;
    private long _failed;
    private long _discarded;
    private long _purged;
    private volatile DeadLetterTotals _totals = DeadLetterTotals.None;

    /// <summary>Attempts, by workers and by people.</summary>
    public long Replayed => Interlocked.Read(ref _replayed);

    /// <summary>Letters that an attempt recovered.</summary>
    public long Recovered => Interlocked.Read(ref _recovered);

    /// <summary>Letters that used up their attempts.</summary>
    public long Failed => Interlocked.Read(ref _failed);

    /// <summary>Letters that people gave up.</summary>
    public long Discarded => Interlocked.Read(ref _discarded);

    /// <summary>Letters deleted, by people, by age and by the limits.</summary>
    public long Purged => Interlocked.Read(ref _purged);

    /// <summary>As last counted.</summary>
    public DeadLetterTotals Totals
    {
        get => _totals;
        set => _totals = value;
    }

    /// <summary>Counts the outcomes and gives them back.</summary>
    public IReadOnlyList<ReplayOutcome> Counted(IReadOnlyList<ReplayOutcome> outcomes)
    {
        Interlocked.Add(ref _replayed, outcomes.Count(outcome => outcome.Result != ReplayResult.Skipped));
        Interlocked.Add(ref _recovered, outcomes.Count(outcome => outcome.Result == ReplayResult.Recovered));
        Interlocked.Add(ref _failed, outcomes.Count(outcome => outcome.Result == ReplayResult.Failed));
        return outcomes;
    }

    /// <summary>Counts the letters that were given up and gives their ids back.</summary>
    public IReadOnlyList<long> CountedDiscarded(IReadOnlyList<long> ids)
    {
        Interlocked.Add(ref _discarded, ids.Count);
        return ids;
    }

    /// <summary>Counts what was deleted and gives it back.</summary>
    public DeadLetterPurged Counted(DeadLetterPurged purged)
    {
        Interlocked.Add(ref _purged, purged.Letters);
        return purged;
    }
}
