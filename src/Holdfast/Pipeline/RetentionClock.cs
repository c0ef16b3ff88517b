namespace Holdfast.Pipeline;

/// <summary>What is thought of the wall clock when something is about to be deleted by it.</summary>
internal enum ClockVerdict
{
    /// <summary>It goes as it should.</summary>
    Trusted,

    /// <summary>It has just been found ahead of what time has passed.</summary>
    Jumped,

    /// <summary>It is still ahead, and not yet believed.</summary>
    Held,

    /// <summary>It stayed where it jumped to for long enough: it is right now, and was wrong before.</summary>
    Confirmed,
}

/// <summary>The instant to delete by.</summary>
/// <param name="Now">Never later than the wall clock.</param>
/// <param name="Ahead">How far the wall clock is ahead of it.</param>
internal readonly record struct RetentionInstant(DateTimeOffset Now, TimeSpan Ahead, ClockVerdict Verdict);

/// <summary>
/// The clock that retention goes by. A wall clock that is set ahead by a month would make a month's record look past its keep time, and what
/// is deleted does not come back when the clock does. So a leap that the monotonic clock knows nothing of is believed only after it has stayed
/// for a day; until then time goes on from where it was. Waiting costs a day of disk, whatever the reason. Not thread-safe.
/// </summary>
internal sealed class RetentionClock
{
    /// <summary>A leap below this deletes an hour too early at the most: less than one step of the coarsest rollup.</summary>
    public static readonly TimeSpan LeapMin = TimeSpan.FromHours(1);

    /// <summary>After a start only what is stored tells of earlier time, and a server may have been off for a while.</summary>
    public static readonly TimeSpan LeapAtStartMin = TimeSpan.FromDays(1);

    /// <summary>How long a leap has to stay.</summary>
    public static readonly TimeSpan ConfirmedAfter = TimeSpan.FromDays(1);

    private readonly TimeProvider _time;
    private DateTimeOffset _known;
    private long _knownAt;
    private (TimeSpan Ahead, long Since)? _leap;

    /// <param name="newestStored">The youngest thing that was stored before this process started; null when there is none, and nothing to lose.</param>
    public RetentionClock(TimeProvider time, DateTimeOffset? newestStored)
    {
        _time = time;
        _knownAt = time.GetTimestamp();
        var wall = time.GetUtcNow();
        _known = newestStored is { } newest && wall - newest > LeapAtStartMin ? newest : wall;
    }

    public RetentionInstant Read()
    {
        var at = _time.GetTimestamp();
        var wall = _time.GetUtcNow();
        var expected = _known + _time.GetElapsedTime(_knownAt, at);
        var ahead = wall - expected;

        // A clock that was set back only makes things look younger: it is followed at once.
        if (ahead < LeapMin)
        {
            return Trust(wall, at, ClockVerdict.Trusted);
        }

        if (_leap is not { } leap || (ahead - leap.Ahead).Duration() >= LeapMin)
        {
            _leap = (ahead, at);
            return new RetentionInstant(expected, ahead, ClockVerdict.Jumped);
        }

        return _time.GetElapsedTime(leap.Since, at) < ConfirmedAfter
            ? new RetentionInstant(expected, ahead, ClockVerdict.Held)
            : Trust(wall, at, ClockVerdict.Confirmed);
    }

    private RetentionInstant Trust(DateTimeOffset wall, long at, ClockVerdict verdict)
    {
        (_known, _knownAt, _leap) = (wall, at, null);
        return new RetentionInstant(wall, TimeSpan.Zero, verdict);
    }
}
