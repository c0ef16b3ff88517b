namespace Holdfast.Testing;

/// <summary>
/// A clock that stands still until a test moves it; timers fire in the order of their due times while it moves. Safe for concurrent use.
/// </summary>
/// <param name="start">The instant the clock shows at first.</param>
public sealed class ManualTimeProvider(DateTimeOffset start) : TimeProvider
{
    // An odd frequency, so that code which takes timestamps for ticks fails its tests.
    private const int TimestampsPerTick = 7;

    private readonly Lock _gate = new();
    private readonly List<ManualTimer> _timers = [];
    private readonly DateTimeOffset _start = start.ToUniversalTime();
    private DateTimeOffset _now = start.ToUniversalTime();
    private TimeSpan _jumped;

    /// <summary>Starts at 2026-01-01T00:00:00Z.</summary>
    public ManualTimeProvider()
        : this(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero))
    {
    }

    /// <inheritdoc/>
    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    /// <inheritdoc/>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond * TimestampsPerTick;

    /// <summary>Timers that are set. A test can wait for the code under test to arrive at its delay instead of sleeping.</summary>
    public int TimersSet
    {
        get { lock (_gate) return _timers.Count; }
    }

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow()
    {
        lock (_gate) return _now + _jumped;
    }

    /// <inheritdoc/>
    public override long GetTimestamp()
    {
        lock (_gate) return (_now - _start).Ticks * TimestampsPerTick;
    }

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        ArgumentNullException.ThrowIfNull(callback);
        var timer = new ManualTimer(this, () => callback(state));
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>
    /// Moves the clock forward and fires every timer that becomes due on the way, each with the clock at its due time and on the calling thread.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="by"/> is negative; see <see cref="Jump"/>.</exception>
    public void Advance(TimeSpan by)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(by, TimeSpan.Zero);
        DateTimeOffset target;
        lock (_gate) target = _now + by;
        while (NextDue(target) is { } timer) timer.Fire();
        lock (_gate) _now = target > _now ? target : _now;
    }

    /// <summary>Sets the wall clock forward or back, as an operator or NTP does: timers and timestamps, which are monotonic, do not notice.</summary>
    public void Jump(TimeSpan by)
    {
        lock (_gate) _jumped += by;
    }

    private ManualTimer? NextDue(DateTimeOffset target)
    {
        lock (_gate)
        {
            var next = _timers.Where(t => t.DueAt <= target).MinBy(t => t.DueAt);
            if (next is { DueAt: { } due } && due > _now) _now = due;
            return next;
        }
    }

    private sealed class ManualTimer(ManualTimeProvider clock, Action callback) : ITimer
    {
        private TimeSpan _period;

        public DateTimeOffset? DueAt { get; private set; }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (clock._gate)
            {
                _period = period;
                DueAt = dueTime == Timeout.InfiniteTimeSpan ? null : clock._now + dueTime;
                clock._timers.Remove(this);
                if (DueAt is not null) clock._timers.Add(this);
            }

            return true;
        }

        public void Fire()
        {
            Change(_period > TimeSpan.Zero ? _period : Timeout.InfiniteTimeSpan, _period);
            callback();
        }

        public void Dispose() => Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
