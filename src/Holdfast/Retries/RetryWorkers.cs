namespace Holdfast.Retries;

/// <summary>
/// The workers and the few items that wait for one. A worker comes when there is an item and a place, and goes when nothing waits.
/// Thread-safe.
/// </summary>
/// <param name="count">How many there may be.</param>
/// <param name="execute">Executes an item and settles it. Must not throw.</param>
internal sealed class RetryWorkers(Func<int> count, Func<ClaimedRetry, Task> execute)
{
    private readonly Lock _gate = new();
    private readonly Queue<ClaimedRetry> _waiting = new();
    private int _running;
    private int _offered;
    private int _begun;
    private bool _eager;
    private long _begunInAll;
    private TaskCompletionSource? _hungry;
    private TaskCompletionSource? _idle;

    /// <summary>Places without an item.</summary>
    public int Free
    {
        get
        {
            lock (_gate)
            {
                return Math.Max(0, count() - _running - _waiting.Count);
            }
        }
    }

    /// <summary>Items that wait for a worker.</summary>
    public int Waiting
    {
        get
        {
            lock (_gate)
            {
                return _waiting.Count;
            }
        }
    }

    /// <summary>Items that were begun, ever.</summary>
    public long Begun
    {
        get
        {
            lock (_gate)
            {
                return _begunInAll;
            }
        }
    }

    /// <summary>Hands over what was claimed.</summary>
    /// <param name="more">There are more where they came from.</param>
    /// <param name="eager">They do not last for as long as it takes to get more: as many again are wanted at once.</param>
    public void Offer(IReadOnlyList<ClaimedRetry> items, bool more, bool eager = false)
    {
        lock (_gate)
        {
            _eager = eager && more;
            foreach (var item in items)
            {
                _waiting.Enqueue(item);
            }

            // What those begin who had nothing to do says nothing of how long the rest will last.
            var free = Math.Max(0, Math.Min(count() - _running, _waiting.Count));
            (_offered, _begun) = (more ? items.Count : 0, -free);
            _running += free;
            for (var i = 0; i < free; i++)
            {
                _ = Task.Run(WorkAsync);
            }
        }
    }

    /// <summary>Takes back what no worker has begun.</summary>
    public IReadOnlyList<ClaimedRetry> TakeBack()
    {
        lock (_gate)
        {
            ClaimedRetry[] items = [.. _waiting];
            _waiting.Clear();
            WakeNeedsLock();
            return items;
        }
    }

    /// <summary>
    /// Completes when more items are wanted: a worker has nothing to do, or there are more and workers that were done have begun half of
    /// the last offer, so that the rest will not last for long; or no more than the last offer waits, and those would be gone before others
    /// came. Items that are executed slowly are not gathered here, where other processes cannot have them.
    /// </summary>
    public Task WhenHungryAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (IsHungryNeedsLock())
            {
                return Task.CompletedTask;
            }

            _hungry ??= NewSignal();
            return _hungry.Task.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Completes when nothing is executed and nothing waits.</summary>
    public Task WhenIdleAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (_running == 0 && _waiting.Count == 0)
            {
                return Task.CompletedTask;
            }

            _idle ??= NewSignal();
            return _idle.Task.WaitAsync(cancellationToken);
        }
    }

    /// <summary>One worker; ends when nothing waits, or when there are more workers than there may be.</summary>
    private async Task WorkAsync()
    {
        while (TryBegin(out var item))
        {
            await execute(item);
        }
    }

    private bool TryBegin(out ClaimedRetry item)
    {
        lock (_gate)
        {
            item = null!;
            var begins = _running <= count() && _waiting.TryDequeue(out item!);
            if (begins)
            {
                _begun++;
                _begunInAll++;
            }
            else
            {
                _running--;
            }

            WakeNeedsLock();
            return begins;
        }
    }

    private void WakeNeedsLock()
    {
        if (IsHungryNeedsLock())
        {
            _hungry?.TrySetResult();
            _hungry = null;
        }

        if (_running == 0 && _waiting.Count == 0)
        {
            _idle?.TrySetResult();
            _idle = null;
        }
    }

    private bool IsHungryNeedsLock() =>
        _running + _waiting.Count < count()
        || (_waiting.Count > 0 && _begun * 2 >= _offered && _waiting.Count * 2 <= _offered)
        || (_eager && _waiting.Count <= _offered);

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
