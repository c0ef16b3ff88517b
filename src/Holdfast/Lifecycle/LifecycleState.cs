namespace Holdfast.Lifecycle;

/// <summary>Whether the process takes work. Read by readiness and by every way in; one writer, any number of readers.</summary>
internal sealed class LifecycleState
{
    private volatile bool _started;
    private volatile bool _draining;

    // Count and signal change together.
    private readonly Lock _gate = new();
    private int _inFlight;
    private TaskCompletionSource? _idle;

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
        lock (_gate)
        {
            _inFlight++;
        }

        return new InFlight(this);
    }

    /// <summary>Completes when no work is in flight. Called after <see cref="MarkDraining"/>, when none is added for long.</summary>
    public Task WhenIdleAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            _idle ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _inFlight == 0 ? Task.CompletedTask : _idle.Task.WaitAsync(cancellationToken);
        }
    }

    private void Leave()
    {
        TaskCompletionSource? idle = null;
        lock (_gate)
        {
            if (--_inFlight == 0)
            {
                (idle, _idle) = (_idle, null);
            }
        }

        idle?.TrySetResult();
    }

    /// <summary>One piece of work in flight.</summary>
    public readonly struct InFlight(LifecycleState state) : IDisposable
    {
        public void Dispose() => state.Leave();
    }
}
