namespace Holdfast.Pipeline;

/// <summary>
/// Folds the buckets of one series, handed in in order of time, into one point per step. Pure.
/// <para>
/// <see cref="Aggregation.Rate"/> of a step is the growth between the last sample before the step and the last one in it, divided by
/// the time between those two; so that nothing between two steps is left out or counted twice. A step whose only sample is the very
/// first one seen has no rate, and no point.
/// </para>
/// </summary>
internal sealed class StepFold(long stepMilliseconds, Aggregation aggregation, long firstPointMilliseconds)
{
    private readonly List<(long UnixMilliseconds, double Value)> _points = [];
    private RollupBucket? _before;
    private RollupBucket? _current;
    private long _currentStart;

    /// <param name="bucket">A bucket no wider than the step, or one that begins in it.</param>
    public void Add(in RollupBucket bucket)
    {
        var start = RollupWidth.Floor(bucket.FirstAtMilliseconds, stepMilliseconds);
        if (_current is { } current && start == _currentStart)
        {
            _current = current.Then(bucket);
            return;
        }

        CloseStep();
        _current = bucket;
        _currentStart = start;
    }

    /// <summary>The points so far, oldest first. Values that are not finite have no point: JSON has no word for them.</summary>
    public IReadOnlyList<(long UnixMilliseconds, double Value)> Finish()
    {
        CloseStep();
        return _points;
    }

    private void CloseStep()
    {
        if (_current is not { } step)
        {
            return;
        }

        // What lies before the first point is read for the sake of its last sample only.
        if (_currentStart >= firstPointMilliseconds && ValueOf(step) is { } value && double.IsFinite(value))
        {
            _points.Add((_currentStart, value));
        }

        _before = step;
        _current = null;
    }

    private double? ValueOf(in RollupBucket step) => aggregation switch
    {
        Aggregation.Avg => step.Total / step.Count,
        Aggregation.Min => step.Smallest,
        Aggregation.Max => step.Largest,
        Aggregation.Sum => step.Total,
        Aggregation.Last => step.Last,
        Aggregation.Rate => RateOf(step),
        _ => throw new InvalidOperationException($"{aggregation} is not an aggregation."),
    };

    private double? RateOf(in RollupBucket step)
    {
        var grown = _before is { } before ? step.Growth + RollupBucket.GrowthFrom(before.Last, step.First) : step.Growth;
        var milliseconds = step.LastAtMilliseconds - (_before?.LastAtMilliseconds ?? step.FirstAtMilliseconds);
        return milliseconds > 0 ? grown * 1000 / milliseconds : null;
    }
}
