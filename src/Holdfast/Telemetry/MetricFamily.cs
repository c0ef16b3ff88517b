using System.Collections.Concurrent;

namespace Holdfast.Telemetry;

/// <summary>What a metric does with a measurement.</summary>
internal enum Recording
{
    /// <summary>Adds it to what is there.</summary>
    Add,

    /// <summary>Puts it in the place of what is there.</summary>
    Set,

    /// <summary>Counts it in a histogram.</summary>
    Count,

    /// <summary>Takes it as the state at a collection.</summary>
    Observe,
}

/// <summary>What is known of a metric from its instrument.</summary>
internal sealed record MetricDefinition(string Name, MetricKind Kind, Recording Recording, string Help, double Scale)
{
    /// <summary>The unit as the instrument says it; empty when it says none.</summary>
    public string Unit { get; init; } = "";

    /// <summary>Upper bounds of the buckets, ascending; empty but for a histogram.</summary>
    public IReadOnlyList<double> Bounds { get; init; } = [];
}

/// <summary>
/// A metric with its series. Beyond <see cref="SeriesMax"/> all further tags share one series with the label <c>overflow="true"</c>: a
/// label with a value of its own for each request must cost neither this process nor the one that scrapes it its memory. Thread-safe.
/// </summary>
internal sealed class MetricFamily(MetricDefinition definition)
{
    /// <summary>Series of one metric: room for the thousand event types that have counts of their own, passed and failed.</summary>
    public const int SeriesMax = 2_500;

    private const string Overflow = "overflow=\"true\"";

    private readonly ConcurrentDictionary<TagSet, MetricSeries> _byTags = new(TagSetComparer.Instance);
    private readonly Dictionary<string, MetricSeries> _byLabels = new(StringComparer.Ordinal);
    private readonly Lock _growing = new();
    private long _round;

    public MetricDefinition Definition => definition;

    /// <summary>The series by their labels.</summary>
    public IReadOnlyList<MetricSeries> Snapshot()
    {
        lock (_growing)
        {
            var series = _byLabels.Values.ToList();
            series.Sort((left, right) => string.CompareOrdinal(left.Labels, right.Labels));
            return series;
        }
    }

    /// <summary>What is observed from now on belongs to this collection.</summary>
    public void Begin(long round) => _round = round;

    /// <summary>Forgets what was not observed since <see cref="Begin"/>: it is there no more.</summary>
    public void End()
    {
        if (definition.Recording != Recording.Observe)
        {
            return;
        }

        foreach (var (tags, _) in _byTags.Where(pair => pair.Value.Round != _round))
        {
            _byTags.TryRemove(tags, out _);
        }

        lock (_growing)
        {
            foreach (var (labels, _) in _byLabels.Where(pair => pair.Value.Round != _round))
            {
                _byLabels.Remove(labels);
            }
        }
    }

    public void Record(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var series = _byTags.GetAlternateLookup<ReadOnlySpan<KeyValuePair<string, object?>>>().TryGetValue(tags, out var known) ? known : SeriesOf(tags);
        var scaled = value * definition.Scale;
        switch (definition.Recording)
        {
            case Recording.Add:
                series.Add(scaled);
                break;
            case Recording.Set:
                series.Set(scaled);
                break;
            case Recording.Count:
                series.Count(scaled);
                break;
            case Recording.Observe:
                series.Observe(scaled, _round);
                break;
            default:
                throw new InvalidOperationException($"{definition.Recording} is no way to record.");
        }
    }

    private MetricSeries SeriesOf(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var labels = LabelText.Of(tags);
        lock (_growing)
        {
            if (!_byLabels.ContainsKey(labels) && _byLabels.Count >= SeriesMax)
            {
                // Not remembered under its tags: whoever makes up tags without end finds no table here that grows with them.
                return FindOrAddNeedsLock(Overflow, [new("overflow", true)]);
            }

            return _byTags[new TagSet(tags)] = FindOrAddNeedsLock(labels, tags);
        }
    }

    private MetricSeries FindOrAddNeedsLock(string labels, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (!_byLabels.TryGetValue(labels, out var series))
        {
            _byLabels.Add(labels, series = new MetricSeries(labels, definition.Bounds, LabelText.PairsOf(tags)));
        }

        return series;
    }
}
