namespace Holdfast.Lifecycle;

/// <summary>Whether the process takes work. Read by readiness and by every way in; one writer, any number of readers.</summary>
internal sealed class LifecycleState
{
    private volatile bool _started;
    private volatile bool _draining;
    private long _inFlight;
    private TaskCompletionSource _idle = Completed();

    /// <summary>The spool is open and the ways in may be used.</summary>
    public bool Started => _started;

    /// <summary>The process is leaving: nothing new is accepted.</summary>
    public bool Draining => _draining;

    public bool Accepting => _started && !_draining;

    public void MarkStarted() => _started = true;

    public void MarkDraining() => _draining = true;

    /// <summary>Counts a piece of work until the result is disposed, so that a shutdown can wait for it.</summary>
    public InFlight Enter()
    {
        if (Interlocked.Increment(ref _inFlight) == 1)
        {
            Volatile.Write(ref _idle, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        }

        return new InFlight(this);
    }

    /// <summary>Completes when no work is in flight. Called after <see cref="MarkDraining"/>, when none can be added.</summary>
    public async Task WhenIdleAsync(CancellationToken cancellationToken)
    {
        while (Interlocked.Read(ref _inFlight) > 0)
        {
            await Volatile.Read(ref _idle).Task.WaitAsync(cancellationToken);
        }
    }

    private void Leave()
    {
        var idle = Volatile.Read(ref _idle);
        if (Interlocked.Decrement(ref _inFlight) == 0)
        {
            idle.TrySetResult();
        }
    }

    private static TaskCompletionSource Completed()
    {
        var source = new TaskCompletionSource();
        source.SetResult();
        return source;
    }

    /// <summary>One piece of work in flight.</summary>
    public readonly struct InFlight(LifecycleState state) : IDisposable
    {
        public void Dispose() => state.Leave();
    }
}
