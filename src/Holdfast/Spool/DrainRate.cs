namespace Holdfast.Spool;

/// <summary>
/// How fast batches leave, as an average that forgets with a time constant of ten seconds: <c>r' = r + (1 - e^(-t/10s)) (x - r)</c>.
/// Ten seconds follow a recovering store soon enough, and do not jump with each of its transactions. Pure.
/// </summary>
internal readonly record struct DrainRate(double BytesPerSecond)
{
    private static readonly TimeSpan Memory = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Soonest = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Latest = TimeSpan.FromSeconds(60);

    /// <summary>The average after so many bytes left within so much time. No time passed: no change.</summary>
    public DrainRate After(long bytes, TimeSpan elapsed)
    {
        if (elapsed <= TimeSpan.Zero)
        {
            return this;
        }

        var weight = 1 - Math.Exp(-elapsed / Memory);
        return new(BytesPerSecond + (weight * ((bytes / elapsed.TotalSeconds) - BytesPerSecond)));
    }

    /// <summary>In how many whole seconds so many bytes will have left; 1 to 60. When nothing leaves: 60.</summary>
    public TimeSpan TimeFor(long bytes)
    {
        var seconds = Math.Ceiling(bytes / BytesPerSecond);
        return !(seconds < Latest.TotalSeconds) ? Latest : seconds <= Soonest.TotalSeconds ? Soonest : TimeSpan.FromSeconds(seconds);
    }
}
