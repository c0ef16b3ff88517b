namespace Holdfast.Telemetry;

/// <summary>One line of a metric, or the lines of one histogram. Any thread may add; free of locks.</summary>
internal sealed class MetricSeries(string labels, IReadOnlyList<double> bounds, KeyValuePair<string, string>[] tags)
{
    private readonly long[] _buckets = bounds.Count == 0 ? [] : new long[bounds.Count + 1];
    private double _value;

    /// <summary>Labels as they stand in the text.</summary>
    public string Labels => labels;

    /// <summary>Labels with the names that the instrument's user gave them.</summary>
    public KeyValuePair<string, string>[] Tags => tags;

    /// <summary>The collection in which this was observed last; touched by collections only.</summary>
    public long Round { get; private set; }

    /// <summary>The value; of a histogram the sum of its values.</summary>
    public double Value => Volatile.Read(ref _value);

    public void Set(double value) => Volatile.Write(ref _value, value);

    public void Add(double value)
    {
        var seen = Volatile.Read(ref _value);
        while (true)
        {
            var found = Interlocked.CompareExchange(ref _value, seen + value, seen);
            if (found.Equals(seen))
            {
                return;
            }

            seen = found;
        }
    }

    /// <summary>Counts a value of a histogram.</summary>
    public void Count(double value)
    {
        var bucket = 0;
        while (bucket < bounds.Count && value > bounds[bucket])
        {
            bucket++;
        }

        Interlocked.Increment(ref _buckets[bucket]);
        Add(value);
    }

    /// <summary>Takes a value that was observed in a collection; those of one collection add up.</summary>
    public void Observe(double value, long round)
    {
        _value = Round == round ? _value + value : value;
        Round = round;
    }

    /// <summary>Values in a bucket, the last one for those beyond every bound.</summary>
    public long InBucket(int bucket) => Interlocked.Read(ref _buckets[bucket]);
}
