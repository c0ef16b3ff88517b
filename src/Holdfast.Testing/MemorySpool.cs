using Holdfast.Pipeline;
using Holdfast.Pipeline.DeadLetters;
using Holdfast.Spool;

namespace Holdfast.Testing;

/// <summary>What the memory store knows of one spool: every batch it ever held, one by one.</summary>
internal sealed class MemorySpool
{
    private readonly Dictionary<long, SpooledBatch?> _held = []; // null: lost
    private readonly Dictionary<SpoolKind, StoreCounts> _counts = new() { [SpoolKind.Event] = default, [SpoolKind.Sample] = default };
    private readonly List<LostRange> _lost = [];
    private long _highestSequence;

    public MemorySpool()
    {
    }

    private MemorySpool(MemorySpool other)
    {
        _held = new Dictionary<long, SpooledBatch?>(other._held);
        _counts = new Dictionary<SpoolKind, StoreCounts>(other._counts);
        _lost = [.. other._lost];
        _highestSequence = other._highestSequence;
    }

    public MemorySpool Copy() => new(this);

    public bool Holds(long batchSeq) => _held.ContainsKey(batchSeq);

    public void Enter(SpooledBatch batch)
    {
        _held.Add(batch.BatchSeq, batch);
        if (batch.Kind == SpoolKind.Event)
        {
            _highestSequence = Math.Max(_highestSequence, batch.FirstSequence + batch.Count - 1);
        }
    }

    public void Count(SpoolKind kind, StoreCounts more)
    {
        var now = _counts[kind];
        _counts[kind] = new StoreCounts(
            now.Stored + more.Stored, now.DeadLettered + more.DeadLettered, now.Duplicates + more.Duplicates,
            now.Discarded + more.Discarded, now.Lost + more.Lost);
    }

    public void Discard(DeadLetter letter) =>
        Count(letter.Kind, default(StoreCounts) with { DeadLettered = -letter.RowCount, Discarded = letter.RowCount });

    public void RecordLoss(LostRange range)
    {
        var missing = new List<long>();
        for (var batchSeq = range.FirstBatchSeq; batchSeq <= range.LastBatchSeq; batchSeq++)
        {
            if (_held.TryAdd(batchSeq, null))
            {
                missing.Add(batchSeq);
            }
        }

        if (missing.Count > 0)
        {
            _lost.Add(range);
            Count(SpoolKind.Event, default(StoreCounts) with { Lost = LostEvents(range) });
            Count(SpoolKind.Sample, default(StoreCounts) with { Lost = Math.Max(0, range.Samples - HeldRows(range, SpoolKind.Sample)) });
            _highestSequence = Math.Max(_highestSequence, range.LastSequence ?? 0);
        }
    }

    public StoreHeld ToHeld()
    {
        long mark = 0;
        while (_held.ContainsKey(mark + 1))
        {
            mark++;
        }

        var above = _held.Keys.Where(batchSeq => batchSeq > mark).Order().Select(batchSeq => new BatchRange(batchSeq, batchSeq));
        return new StoreHeld(mark, BatchRange.Joined(above), _highestSequence);
    }

    /// <summary>The highest sequence number of the batches up to the mark.</summary>
    public long SettledTo()
    {
        var mark = ToHeld().ContiguousMark;
        var stored = HeldEvents().Where(batch => batch.BatchSeq <= mark).Max(batch => (long?)(batch.FirstSequence + batch.Count - 1)) ?? 0;
        return _lost.Where(range => range.LastBatchSeq <= mark).Aggregate(stored, (highest, range) => Math.Max(highest, range.LastSequence ?? 0));
    }

    public IReadOnlyList<SequenceRange> LostBetween(long after, long upTo) =>
    [
        .. _lost.Select(range => new SequenceRange(range.FirstSequence ?? 0, range.LastSequence ?? long.MaxValue))
            .Where(range => range.Last > after && range.First <= upTo),
    ];

    public StoreTotals ToTotals() => new(_counts[SpoolKind.Event], _counts[SpoolKind.Sample]);

    /// <summary>The sequence numbers of the range that no batch held here has.</summary>
    private long LostEvents(LostRange range) => range is { FirstSequence: { } first, LastSequence: { } last }
        ? last - first + 1 - HeldEvents().Sum(batch => Overlap(first, last, batch))
        : Math.Max(0, range.Events - HeldRows(range, SpoolKind.Event));

    private IEnumerable<SpooledBatch> HeldEvents() => _held.Values.OfType<SpooledBatch>().Where(batch => batch.Kind == SpoolKind.Event);

    private static long Overlap(long first, long last, SpooledBatch batch) =>
        Math.Max(0, Math.Min(last, batch.FirstSequence + batch.Count - 1) - Math.Max(first, batch.FirstSequence) + 1);

    private long HeldRows(LostRange range, SpoolKind kind) => _held.Values.OfType<SpooledBatch>()
        .Where(batch => batch.Kind == kind && batch.BatchSeq >= range.FirstBatchSeq && batch.BatchSeq <= range.LastBatchSeq)
        .Sum(batch => (long)batch.Count);
}
