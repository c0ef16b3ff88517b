namespace Holdfast.Events;

/// <summary>Whether something is ready, for those who wait for it. Goes back and forth. Safe for concurrent use.</summary>
internal sealed class ReadySignal
{
    private volatile TaskCompletionSource _ready = New();
    private volatile bool _ended;

    public bool IsSet => _ready.Task.IsCompletedSuccessfully;

    public void Set() => _ready.TrySetResult();

    public void Reset()
    {
        var seen = _ready;
        if (seen.Task.IsCompleted)
        {
            // Two at the same time both mean "not ready", and the first of them has said so.
            Interlocked.CompareExchange(ref _ready, New(), seen);
        }

        if (_ended)
        {
            _ready.TrySetCanceled();
        }
    }

    /// <summary>It will never be ready any more: who waits for it is told at once.</summary>
    public void End()
    {
        _ended = true;
        _ready.TrySetCanceled();
    }

    /// <exception cref="OperationCanceledException">The token was cancelled, or it will never be ready.</exception>
    public Task WaitAsync(CancellationToken cancellationToken) => _ready.Task.WaitAsync(cancellationToken);

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
