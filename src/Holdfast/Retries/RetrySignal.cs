namespace Holdfast.Retries;

/// <summary>Wakes the one who waits: at once, or when something is due. Of several wishes the earliest counts. Thread-safe.</summary>
internal sealed class RetrySignal : IDisposable
{
    private readonly Lock _gate = new();
    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private readonly long _madeAt;
    private TaskCompletionSource _rung = New();

    // The earliest wish that has not been granted, as the time since this was made.
    private TimeSpan _wakeAt = TimeSpan.MaxValue;

    public RetrySignal(TimeProvider time)
    {
        _time = time;
        _madeAt = time.GetTimestamp();
        _timer = time.CreateTimer(_ => OnTimer(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    private TimeSpan Now => _time.GetElapsedTime(_madeAt);

    /// <summary>Wakes at once.</summary>
    public void Ring() => Ring(TimeSpan.Zero);

    /// <summary>Wakes when so much time has passed.</summary>
    public void Ring(TimeSpan dueIn)
    {
        lock (_gate)
        {
            if (dueIn <= TimeSpan.Zero)
            {
                _rung.TrySetResult();
            }
            else if (Now + dueIn < _wakeAt)
            {
                _wakeAt = Now + dueIn;
                _timer.Change(RoundUp(dueIn), Timeout.InfiniteTimeSpan);
            }
        }
    }

    /// <summary>Completes at the next ring (at once when there was one since the last wait), and at the latest after a time.</summary>
    public async Task WaitAsync(TimeSpan atMost, CancellationToken cancellationToken)
    {
        Task rung;
        lock (_gate)
        {
            rung = _rung.Task;
        }

        await rung.WaitAsync(RoundUp(atMost), _time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        lock (_gate)
        {
            _rung = _rung.Task.IsCompleted ? New() : _rung;
        }

        cancellationToken.ThrowIfCancellationRequested();
    }

    public void Dispose() => _timer.Dispose();

    // Timers of .NET count in milliseconds and cut: one that comes too early finds nothing due.
    private static TimeSpan RoundUp(TimeSpan time) => TimeSpan.FromMilliseconds(Math.Ceiling(Math.Max(0, Math.Min(time.TotalMilliseconds, int.MaxValue))));

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void OnTimer()
    {
        lock (_gate)
        {
            _wakeAt = TimeSpan.MaxValue;
            _rung.TrySetResult();
        }
    }
}
