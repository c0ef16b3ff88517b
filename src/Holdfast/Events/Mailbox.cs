using System.Diagnostics.CodeAnalysis;

namespace Holdfast.Events;

/// <summary>
/// The queue of one subscriber, and the taking out of it. Nobody waits on an empty queue: an event that finds the subscriber idle gets a
/// thread of the pool, which goes on until the queue is empty. A handler that awaits holds no thread, so a pool of one thread is enough
/// for handlers that wait for each other.
/// </summary>
/// <param name="capacity">Events that may wait.</param>
/// <param name="concurrency">Events that may be handled at a time; with 1 they are handled in their order.</param>
/// <param name="scheduler">Where handlers run.</param>
/// <param name="handle">Handles one event. It deals with what its handler throws.</param>
internal sealed class Mailbox(int capacity, int concurrency, TaskScheduler scheduler, Func<BusEvent, ValueTask> handle) : IThreadPoolWorkItem
{
    // After so many events in a row others get the thread first: who always has work must not keep a small pool for itself.
    private const int EventsPerTurn = 256;

    private readonly Lock _gate = new();
    private readonly EventQueue _queue = new();
    private readonly LinkedList<Waiter> _waiting = new(); // only while the queue is full
    private TaskCompletionSource? _idle;
    private int _active;
    private bool _open;
    private bool _closed;
    private long _accepted;

    public int Capacity => capacity;

    public int Depth
    {
        get { lock (_gate) return _queue.Count; }
    }

    /// <summary>Events that were ever let in.</summary>
    public long Accepted
    {
        get { lock (_gate) return _accepted; }
    }

    public bool IsIdle
    {
        get { lock (_gate) return _active == 0 && _queue.Count == 0; }
    }

    private bool IsFull => _queue.Count >= capacity;

    /// <summary>Handlers are called from now on. What came before waits.</summary>
    public void Open()
    {
        int turns;
        lock (_gate)
        {
            _open = true;
            turns = Math.Min(_queue.Count, concurrency);
            _active += turns;
        }

        for (; turns > 0; turns--)
        {
            Schedule();
        }
    }

    /// <summary>Takes an event; false when there is no room for it.</summary>
    public bool Offer(BusEvent item)
    {
        bool turn;
        lock (_gate)
        {
            if (_closed || IsFull)
            {
                return false;
            }

            turn = EnqueueNeedsLock(item);
        }

        ScheduleIf(turn);
        return true;
    }

    /// <summary>Takes an event, and waits for room when there is none. False: the token was cancelled first, or the mailbox closed.</summary>
    public ValueTask<bool> OfferOrWaitAsync(BusEvent item, CancellationToken cancellationToken)
    {
        Waiter? waiter = null;
        var turn = false;
        lock (_gate)
        {
            if (_closed || cancellationToken.IsCancellationRequested)
            {
                return ValueTask.FromResult(false);
            }

            if (IsFull)
            {
                waiter = new Waiter(item);
                _waiting.AddLast(waiter.Place);
            }
            else
            {
                turn = EnqueueNeedsLock(item);
            }
        }

        ScheduleIf(turn);
        return waiter is null ? ValueTask.FromResult(true) : WaitAsync(waiter, cancellationToken);
    }

    /// <summary>Completes when nothing waits and nothing is being handled.</summary>
    public Task WhenIdleAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (_active == 0 && _queue.Count == 0)
            {
                return Task.CompletedTask;
            }

            _idle ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _idle.Task.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Takes nothing any more. What is being handled goes on to its end.</summary>
    /// <returns>What waited, and is not handled.</returns>
    public IReadOnlyList<BusEvent> Close()
    {
        var left = new List<BusEvent>();
        lock (_gate)
        {
            _closed = true;
            while (_queue.TryDequeue(out var item))
            {
                left.Add(item);
            }

            foreach (var waiter in _waiting)
            {
                waiter.TrySetResult(false);
            }

            _waiting.Clear();
            NoteIdleNeedsLock();
        }

        return left;
    }

    /// <summary>A turn on a thread of the pool.</summary>
    public void Execute() => _ = TakeTurnAsync();

    private async Task TakeTurnAsync()
    {
        try
        {
            for (var handled = 0; handled < EventsPerTurn; handled++)
            {
                if (!TryTake(out var item))
                {
                    return;
                }

                await handle(item);
            }
        }
        catch
        {
            // Nothing is expected here. Should it happen all the same, the queue goes on and the runtime reports the exception as unobserved.
            Schedule();
            throw;
        }

        Schedule();
    }

    private bool TryTake([NotNullWhen(true)] out BusEvent? item)
    {
        lock (_gate)
        {
            if (_queue.TryDequeue(out item))
            {
                LetInNeedsLock();
                return true;
            }

            _active--;
            NoteIdleNeedsLock();
            return false;
        }
    }

    private bool EnqueueNeedsLock(BusEvent item)
    {
        _accepted++;
        _queue.Enqueue(item);
        if (!_open || _active >= concurrency)
        {
            return false;
        }

        _active++;
        return true;
    }

    // The one that has waited longest and still waits. Whoever takes events is active, so nobody has to be woken for it.
    private void LetInNeedsLock()
    {
        while (!IsFull && _waiting.First is { } first)
        {
            _waiting.RemoveFirst();
            if (first.Value.TrySetResult(true))
            {
                _accepted++;
                _queue.Enqueue(first.Value.Item);
            }
        }
    }

    private void NoteIdleNeedsLock()
    {
        if (_active == 0 && _queue.Count == 0)
        {
            _idle?.TrySetResult();
            _idle = null;
        }
    }

    private async ValueTask<bool> WaitAsync(Waiter waiter, CancellationToken cancellationToken)
    {
        await using var registration = cancellationToken.UnsafeRegister(_ => Leave(waiter), null);
        return await waiter.Task;
    }

    private void Leave(Waiter waiter)
    {
        lock (_gate)
        {
            if (waiter.TrySetResult(false))
            {
                _waiting.Remove(waiter.Place);
            }
        }
    }

    private void ScheduleIf(bool turn)
    {
        if (turn)
        {
            Schedule();
        }
    }

    private void Schedule()
    {
        if (scheduler == TaskScheduler.Default)
        {
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }
        else
        {
            _ = Task.Factory.StartNew(TakeTurnAsync, CancellationToken.None, TaskCreationOptions.DenyChildAttach, scheduler);
        }
    }

    /// <summary>A publisher that waits for room.</summary>
    private sealed class Waiter : TaskCompletionSource<bool>
    {
        public Waiter(BusEvent item)
            : base(TaskCreationOptions.RunContinuationsAsynchronously)
        {
            Item = item;
            Place = new LinkedListNode<Waiter>(this);
        }

        public BusEvent Item { get; }

        public LinkedListNode<Waiter> Place { get; }
    }
}
