namespace Holdfast.Monitoring.Adapters;

/// <summary>How the broadcasts of the last minute went, the last 512 of them at the most. Safe for concurrent use.</summary>
internal sealed class AdapterWindow(TimeProvider time)
{
    public const int SamplesMax = 512;

    public static readonly TimeSpan Length = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private readonly Sample[] _ring = new Sample[SamplesMax];
    private long _count;

    /// <param name="latency">From commit to acknowledgement; null when it is not known, or when it failed.</param>
    public void Note(bool failed, TimeSpan? latency)
    {
        lock (_gate)
        {
            _ring[_count++ % SamplesMax] = new Sample(time.GetTimestamp(), failed, latency);
        }
    }

    public AdapterMinute Read()
    {
        Sample[] recent;
        lock (_gate)
        {
            recent = [.. _ring.Take((int)Math.Min(_count, SamplesMax)).Where(sample => time.GetElapsedTime(sample.At) <= Length)];
        }

        var latencies = recent.Where(sample => sample.Latency is not null).Select(sample => sample.Latency!.Value).Order().ToArray();
        return new AdapterMinute(recent.Length, recent.Count(sample => sample.Failed), latencies.Length == 0 ? null : latencies[(int)((latencies.Length - 1) * 0.95)]);
    }

    private readonly record struct Sample(long At, bool Failed, TimeSpan? Latency);
}

/// <summary>The broadcasts of the last minute.</summary>
/// <param name="Attempts">How many there were.</param>
/// <param name="Failures">How many of them failed.</param>
/// <param name="P95">Of the time from commit to acknowledgement; null when none was measured.</param>
internal sealed record AdapterMinute(int Attempts, int Failures, TimeSpan? P95)
{
    /// <summary>Fewer say nothing: one of three is no rate.</summary>
    public const int AttemptsLeast = 20;

    public double ErrorPercent => Attempts == 0 ? 0 : 100.0 * Failures / Attempts;

    /// <summary>What is not good enough about them, a sentence; null when nothing is.</summary>
    public string? Fault(double errorPercentMax, TimeSpan latencyMax)
    {
        if (Attempts < AttemptsLeast)
        {
            return null;
        }

        return ErrorPercent > errorPercentMax ? $"{ErrorPercent:F1} % of its broadcasts failed within a minute."
            : P95 > latencyMax ? $"An acknowledgement takes {P95.Value.TotalMilliseconds:F0} ms (p95), more than {latencyMax.TotalMilliseconds:F0} ms."
            : null;
    }
}
