using Holdfast.Pipeline;

namespace Holdfast.Monitoring.Adapters;

/// <summary>
/// Counts what was compared and what differed, by adapter and category, and notices when it is too much of all that was compared within
/// a minute. Keeps the last mismatches. Safe for concurrent use.
/// </summary>
internal sealed class MismatchBook(TimeProvider time)
{
    /// <summary>Mismatches that are remembered one by one.</summary>
    public const int RecentMax = 100;

    /// <summary>Fewer compared events say nothing: one of three is no rate.</summary>
    public const int ComparedLeast = 20;

    private readonly Lock _gate = new();
    private readonly Queue<Mismatch> _recent = new();
    private readonly Dictionary<(string Adapter, EventCategory Category), Tally> _tallies = [];
    private DateTimeOffset? _lastAt;
    private long _unmeasured;

    /// <summary>Takes what was compared, and returns the categories for which it has just become too much.</summary>
    public IReadOnlyList<MismatchAlert> Note(string adapter, ComparedEvents compared, CategoryPercents percentMax)
    {
        var (now, at) = (time.GetUtcNow(), time.GetTimestamp());
        lock (_gate)
        {
            foreach (var (category, count) in compared.Matching)
            {
                TallyOfNeedsLock(adapter, category).Note(count, 0, at);
            }

            foreach (var one in compared.Differing)
            {
                TallyOfNeedsLock(adapter, one.Category).Note(1, 1, at);
                RememberNeedsLock(new Mismatch(now, adapter, one));
            }

            var categories = compared.Matching.Keys.Union(compared.Differing.Select(one => one.Category));
            return [.. categories.Select(category => JudgeNeedsLock(adapter, category, percentMax[category])).OfType<MismatchAlert>()];
        }
    }

    /// <summary>Events that were not compared, because too many waited for it.</summary>
    public void NoteUnmeasured(long events) => Interlocked.Add(ref _unmeasured, events);

    public MismatchSnapshot Snapshot()
    {
        lock (_gate)
        {
            return new MismatchSnapshot(
                [.. _tallies.Select(tally => new MismatchCount(tally.Key.Adapter, tally.Key.Category, tally.Value.Compared, tally.Value.Mismatched))
                    .OrderBy(count => count.Adapter, StringComparer.Ordinal).ThenBy(count => count.Category)],
                [.. _recent],
                _lastAt,
                Interlocked.Read(ref _unmeasured));
        }
    }

    private Tally TallyOfNeedsLock(string adapter, EventCategory category)
    {
        if (!_tallies.TryGetValue((adapter, category), out var tally))
        {
            _tallies[(adapter, category)] = tally = new Tally(time);
        }

        return tally;
    }

    private void RememberNeedsLock(Mismatch mismatch)
    {
        _lastAt = mismatch.At;
        _recent.Enqueue(mismatch);
        if (_recent.Count > RecentMax)
        {
            _recent.Dequeue();
        }
    }

    private MismatchAlert? JudgeNeedsLock(string adapter, EventCategory category, double percentMax)
    {
        var tally = _tallies[(adapter, category)];
        var (compared, mismatched) = tally.LastMinute();
        var percent = compared == 0 ? 0 : 100.0 * mismatched / compared;
        var was = tally.Alerting;
        tally.Alerting = compared >= ComparedLeast && percent > percentMax;
        return tally.Alerting && !was ? new MismatchAlert(adapter, category, percent, percentMax, compared) : null;
    }

    /// <summary>The counts of one category of one adapter, and those of the last minute in two halves.</summary>
    private sealed class Tally(TimeProvider time)
    {
        private static readonly TimeSpan Half = TimeSpan.FromSeconds(30);

        private (long Compared, long Mismatched) _earlier;
        private (long Compared, long Mismatched) _now;
        private long _nowBegan = time.GetTimestamp();

        public long Compared { get; private set; }

        public long Mismatched { get; private set; }

        public bool Alerting { get; set; }

        public void Note(int compared, int mismatched, long at)
        {
            Turn(at);
            Compared += compared;
            Mismatched += mismatched;
            _now = (_now.Compared + compared, _now.Mismatched + mismatched);
        }

        public (long Compared, long Mismatched) LastMinute() => (_earlier.Compared + _now.Compared, _earlier.Mismatched + _now.Mismatched);

        private void Turn(long at)
        {
            var age = time.GetElapsedTime(_nowBegan, at);
            if (age >= Half)
            {
                _earlier = age < 2 * Half ? _now : default;
                _now = default;
                _nowBegan = at;
            }
        }
    }
}

/// <summary>What was compared since the process started.</summary>
internal sealed record MismatchSnapshot(IReadOnlyList<MismatchCount> Counts, IReadOnlyList<Mismatch> Recent, DateTimeOffset? LastAt, long Unmeasured)
{
    public long Total => Counts.Sum(count => count.Mismatched);
}

/// <summary>Events of one category that were compared at one adapter, and those that differed.</summary>
internal sealed record MismatchCount(string Adapter, EventCategory Category, long Compared, long Mismatched);
