namespace Holdfast.Pipeline;

/// <summary>A series in use, with what is remembered of it for as long as it is. Made by <see cref="SeriesRegistry"/>.</summary>
internal sealed class SeriesEntry(SeriesDefinition series, DateTimeOffset seenAt)
{
    private long _seenAtTicks = seenAt.UtcTicks;
    private volatile bool _forgotten;

    public SeriesDefinition Series { get; } = series;

    /// <summary>When a sample of the series came last. Whoever keeps the entry says so here; otherwise the series makes room for others.</summary>
    public DateTimeOffset SeenAt
    {
        get => new(Volatile.Read(ref _seenAtTicks), TimeSpan.Zero);
        set => Volatile.Write(ref _seenAtTicks, value.UtcTicks);
    }

    /// <summary>The series has made room for others: to go on with it, ask the registry again.</summary>
    public bool IsForgotten => _forgotten;

    /// <summary>How far the series' running total has come. Its owner is whoever feeds the series, and has the lock for it.</summary>
    public CounterState Counter { get; set; }

    public void Forget() => _forgotten = true;
}

/// <summary>How far a running total has come. The default is that nothing is known of it.</summary>
/// <param name="StartNanoseconds">Since when its last value counts; 0 when that was not said.</param>
/// <param name="TimeNanoseconds">When its last value was taken.</param>
/// <param name="Total">Its last value, for a series that is told in differences.</param>
internal readonly record struct CounterState(long StartNanoseconds, long TimeNanoseconds, double Total)
{
    public bool IsKnown => TimeNanoseconds != 0;
}
