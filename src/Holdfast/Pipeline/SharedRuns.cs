namespace Holdfast.Pipeline;

/// <summary>
/// Does a piece of work for any number of callers, one run at a time. A caller never gets a run that had begun before it asked: that one
/// may not have seen what the caller wants done. All who ask during a run share the next. Thread-safe.
/// </summary>
internal sealed class SharedRuns<T>(Func<Task<T>> work)
{
    private readonly Lock _gate = new();
    private Task _running = Task.CompletedTask;
    private Task<T>? _next;

    /// <summary>Asks for a run that begins from now on. A caller that leaves does not end it.</summary>
    public Task<T> RunAsync(CancellationToken cancellationToken)
    {
        Task<T> next;
        lock (_gate)
        {
            next = _next ??= RunAfterAsync(_running);
        }

        return next.WaitAsync(cancellationToken);
    }

    private async Task<T> RunAfterAsync(Task running)
    {
        // In any case on another thread: the caller holds the lock.
        await running.ConfigureAwait(ConfigureAwaitOptions.ForceYielding | ConfigureAwaitOptions.SuppressThrowing);
        lock (_gate)
        {
            (_running, _next) = (_next!, null);
        }

        return await work();
    }
}
