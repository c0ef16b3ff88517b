using Holdfast.Testing;

namespace Holdfast.Tests.Support;

/// <summary>
/// A manual clock that moves by itself over short waits: whoever waits for a moment is not kept waiting, and time passes for nobody else. Limits of
/// time, which are longer, are a test's affair.
/// </summary>
internal sealed class HastyTime(ManualTimeProvider clock, TimeSpan upTo) : TimeProvider
{
    public override TimeZoneInfo LocalTimeZone => clock.LocalTimeZone;

    public override long TimestampFrequency => clock.TimestampFrequency;

    public override DateTimeOffset GetUtcNow() => clock.GetUtcNow();

    public override long GetTimestamp() => clock.GetTimestamp();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = clock.CreateTimer(callback, state, dueTime, period);
        if (dueTime > TimeSpan.Zero && dueTime <= upTo)
        {
            ThreadPool.UnsafeQueueUserWorkItem(_ => clock.Advance(dueTime), null);
        }

        return timer;
    }
}
