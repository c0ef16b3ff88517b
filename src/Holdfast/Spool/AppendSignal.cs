namespace Holdfast.Spool;

/// <summary>Lets readers wait for the next batch without polling. Thread-safe.</summary>
internal sealed class AppendSignal
{
    private readonly Lock _gate = new();
    private TaskCompletionSource? _next;
    private long _newest;

    /// <summary>Notes the newest batch that waits (0: none), and wakes those who wait when one has come.</summary>
    public void Set(long newestWaiting)
    {
        TaskCompletionSource? woken = null;
        lock (_gate)
        {
            if (newestWaiting > _newest)
            {
                (woken, _next) = (_next, null);
            }

            _newest = newestWaiting;
        }

        woken?.TrySetResult();
    }

    /// <summary>Completes at once when a batch above the number waits, else when the next one comes.</summary>
    public ValueTask WaitAsync(long afterBatchSeq, CancellationToken cancellationToken)
    {
        Task next;
        lock (_gate)
        {
            if (_newest > afterBatchSeq)
            {
                return ValueTask.CompletedTask;
            }

            _next ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            next = _next.Task;
        }

        return new ValueTask(next.WaitAsync(cancellationToken));
    }
}
