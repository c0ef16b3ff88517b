using Holdfast.Pipeline;

namespace Holdfast.Otlp;

/// <summary>
/// The data point that is being read. There is one for a whole request: the readers fill it, the mapping turns it into readings, and it is
/// cleared for the next, so that a request of any size costs no object per point.
/// </summary>
/// <param name="bucketsMax">Buckets, bounds or quantiles that are kept; what is beyond is noted in <see cref="TooManyBuckets"/>.</param>
internal sealed class OtlpPoint(int bucketsMax) : IDisposable
{
    private const uint NoRecordedValueFlag = 1;

    public ulong StartNanoseconds { get; set; }

    public ulong TimeNanoseconds { get; set; }

    public uint Flags { get; set; }

    /// <summary>The attributes as they were sent, in the form their reader understands: they are decoded for a series that is new only.</summary>
    public PooledBuffer Attributes { get; } = new(256);

    // A gauge or a sum.
    public double? Value { get; set; }

    // A histogram of any kind, or a summary.
    public ulong Count { get; set; }

    public double? Sum { get; set; }

    public double? Min { get; set; }

    public double? Max { get; set; }

    // A histogram with bounds.
    public List<double> Bounds { get; } = [];

    public List<ulong> BucketCounts { get; } = [];

    // An exponential histogram.
    public int Scale { get; set; }

    public ulong ZeroCount { get; set; }

    public double ZeroThreshold { get; set; }

    public ExponentialBuckets Positive { get; } = new();

    public ExponentialBuckets Negative { get; } = new();

    // A summary.
    public List<(double Quantile, double Value)> Quantiles { get; } = [];

    /// <summary>Something came more often than is kept, so the point is not whole.</summary>
    public bool TooManyBuckets { get; private set; }

    /// <summary>The point says that its series goes on, and that there was nothing to measure.</summary>
    public bool HasNoRecordedValue => (Flags & NoRecordedValueFlag) != 0;

    /// <summary>Adds to one of the lists of this point, within the limit.</summary>
    public void Add<T>(List<T> list, T item)
    {
        if (list.Count < bucketsMax)
        {
            list.Add(item);
        }
        else
        {
            TooManyBuckets = true;
        }
    }

    public void Clear()
    {
        (StartNanoseconds, TimeNanoseconds, Flags) = (0, 0, 0);
        Attributes.Truncate(0);
        (Value, Count, Sum, Min, Max) = (null, 0, null, null, null);
        Bounds.Clear();
        BucketCounts.Clear();
        (Scale, ZeroCount, ZeroThreshold) = (0, 0, 0);
        Positive.Clear();
        Negative.Clear();
        Quantiles.Clear();
        TooManyBuckets = false;
    }

    public void Dispose() => Attributes.Dispose();
}

/// <summary>
/// Buckets of one sign of an exponential histogram: the one at <c>k</c> counts magnitudes in (base^(Offset+k), base^(Offset+k+1)].
/// </summary>
internal sealed class ExponentialBuckets
{
    public int Offset { get; set; }

    public List<ulong> Counts { get; } = [];

    public void Clear()
    {
        Offset = 0;
        Counts.Clear();
    }
}
