namespace Holdfast.Faults.Support;

/// <summary>A wall clock that somebody sets. How fast time passes is not changed by that, as in a real machine.</summary>
internal sealed class SettableClock : TimeProvider
{
    private long _aheadTicks;

    /// <summary>How far it is ahead of the true time.</summary>
    public TimeSpan Ahead
    {
        get => TimeSpan.FromTicks(Interlocked.Read(ref _aheadTicks));
        set => Interlocked.Exchange(ref _aheadTicks, value.Ticks);
    }

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + Ahead;
}
