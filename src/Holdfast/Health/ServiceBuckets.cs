namespace Holdfast.Health;

/// <summary>
/// What was measured, by steps of time. Bounded by their number and not by the clock: one that runs ahead for a moment must not take away what was
/// measured before. Not safe for concurrent use.
/// </summary>
/// <param name="step">A minute, or an hour.</param>
/// <param name="keep">So many steps are kept.</param>
/// <param name="known">What was kept.</param>
internal sealed class ServiceBuckets(TimeSpan step, TimeSpan keep, IReadOnlyDictionary<DateTimeOffset, ServiceBucket> known)
{
    private readonly Dictionary<DateTimeOffset, ServiceBucket> _all = new(known);
    private DateTimeOffset? _current;

    public TimeSpan Step => step;

    public void Add(DateTimeOffset now, ServiceBucket happened)
    {
        var at = new DateTimeOffset(now.UtcTicks / step.Ticks * step.Ticks, TimeSpan.Zero);

        // What is there already is gone on with: after a restart, and when the clock was put back. But a step that comes only now was measured by a
        // clock that was ahead, and says nothing of this one.
        var before = _all.TryGetValue(at, out var bucket) && !(at > _current) ? bucket : default;
        var sum = before + happened;
        _all[at] = sum with { Up = sum.Up < step ? sum.Up : step };
        _current = at;
        while (_all.Count > keep.Ticks / step.Ticks)
        {
            _all.Remove(LeastWorth(at));
        }
    }

    /// <summary>All of those that begin in that time.</summary>
    public ServiceBucket Sum(DateTimeOffset from, DateTimeOffset to) => _all.Where(one => one.Key >= from && one.Key <= to).Aggregate(default(ServiceBucket), (sum, one) => sum + one.Value);

    public IReadOnlyDictionary<DateTimeOffset, ServiceBucket> ToDictionary() => new Dictionary<DateTimeOffset, ServiceBucket>(_all);

    /// <summary>The one that lies farthest in the future, which a clock that was wrong has measured; where there is none the oldest.</summary>
    private DateTimeOffset LeastWorth(DateTimeOffset now)
    {
        var last = _all.Keys.Max();
        return last > now ? last : _all.Keys.Min();
    }
}
