using System.Threading.Tasks.Sources;

namespace Holdfast.Monitoring;

/// <summary>
/// What waits for one watcher, bounded by class. Control must be delivered: when it does not fit, the connection is to be closed (1013).
/// Events drop the oldest, and the watcher is told the gap. Ticks and pulses conflate: the newest replaces what was not sent. Any thread
/// may offer; one reader takes.
/// </summary>
internal sealed class Outbox : IValueTaskSource
{
    /// <summary>Control frames that may wait.</summary>
    public const int ControlMax = 64;

    /// <summary>Bytes of control frames that may wait; one is always allowed.</summary>
    public const int ControlBytesMax = 1 << 20;

    /// <summary>Events that may wait.</summary>
    public const int EventsMax = 2_000;

    /// <summary>Bytes that events may hold while they wait (<see cref="PublishedEvents.HeldBytes"/>); one batch is always allowed.</summary>
    public const int EventBytesMax = 3 << 19;

    // Of an update itself, whatever it carries.
    private const int UpdateBytes = 400;

    private readonly Lock _gate = new();
    private readonly Queue<byte[]> _control = new();

    // Events and gaps in the order of their numbers; what was dropped before them is one gap for each epoch.
    private readonly Queue<LogUpdate> _events = new();
    private readonly Dictionary<Guid, GapUpdate> _droppedGaps = [];
    private readonly List<LogUpdate> _taken = [];
    private TickUpdate? _tick;
    private bool _tickMissed;
    private PulseUpdate? _pulse;
    private byte[]? _own;
    private long _eventCount;
    private long _eventBytes;
    private long _controlBytes;
    private bool _overflowed;
    private bool _finished;
    private long _dropped;

    // What the reader waits for when there was nothing to take. It goes on on the thread that wakes it: a thousand readers of one update are no
    // thousand pieces of work for the pool.
    private ManualResetValueTaskSourceCore<bool> _arrival;
    private bool _isAwaited;
    private bool _isInterrupted;

    /// <summary>Whether this watcher wants events. Default: true.</summary>
    public bool WantsEvents { get; set; } = true;

    /// <summary>Whether this watcher wants values, ticks and new series. Default: true.</summary>
    public bool WantsOverview { get; set; } = true;

    /// <summary>What this watcher has that was not told yet. Set by its reader, before it takes anything. Default: nothing.</summary>
    public WatcherLead Lead { get; set; } = new(LivePositions.None);

    /// <summary>Events dropped from this outbox.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    /// <summary>What waits, and whether that is more than half of what may.</summary>
    public (long Bytes, bool IsSlow) Waiting
    {
        get
        {
            lock (_gate)
            {
                return (_eventBytes + _controlBytes, 2 * _eventCount > EventsMax || 2 * _eventBytes > EventBytesMax || 2 * _control.Count > ControlMax);
            }
        }
    }

    /// <summary>Control did not fit: close the connection.</summary>
    public bool Overflowed => Volatile.Read(ref _overflowed);

    /// <summary>The last frame has been handed in.</summary>
    public bool Finished => Volatile.Read(ref _finished);

    /// <summary>Puts something in, and lets a reader that waits go on elsewhere.</summary>
    public void Offer(LiveUpdate update)
    {
        if (OfferQuietly(update))
        {
            WakeElsewhere();
        }
    }

    /// <summary>Puts something in; true when a reader waits, which then has to be told by <see cref="Wake"/>.</summary>
    public bool OfferQuietly(LiveUpdate update)
    {
        lock (_gate)
        {
            OfferNeedsLock(update);
            return TakeAwaitedNeedsLock();
        }
    }

    /// <summary>A value for this watcher alone; a later one replaces it.</summary>
    public void OfferOwn(byte[] frame)
    {
        bool isAwaited;
        lock (_gate)
        {
            _own = frame;
            isAwaited = TakeAwaitedNeedsLock();
        }

        if (isAwaited)
        {
            WakeElsewhere();
        }
    }

    /// <summary>Nothing follows what is waiting now and a last frame; the reader gets an empty answer after it.</summary>
    public void Finish(byte[] last)
    {
        lock (_gate)
        {
            _control.Enqueue(last);
            _finished = true;
        }

        Interrupt();
    }

    /// <summary>Lets the reader look up although there may be nothing to take: now, or when it would wait the next time.</summary>
    public void Interrupt()
    {
        bool isAwaited;
        lock (_gate)
        {
            isAwaited = TakeAwaitedNeedsLock();
            _isInterrupted = !isAwaited;
        }

        if (isAwaited)
        {
            WakeElsewhere();
        }
    }

    /// <summary>The reader goes on, on this thread, up to where it waits again.</summary>
    public void Wake() => _arrival.SetResult(true);

    /// <summary>
    /// Adds the frames that go out next, in the order of their class; false when there are none. Then the reader is to await
    /// <see cref="ArrivalAsync"/>, once.
    /// </summary>
    public bool TryTake(List<byte[]> frames)
    {
        lock (_gate)
        {
            while (_control.TryDequeue(out var control))
            {
                frames.Add(control);
            }

            _controlBytes = 0;
            TakeConflatedNeedsLock(frames);
            TakeLogNeedsLock(_taken);
            if (frames.Count == 0 && _taken.Count == 0)
            {
                AwaitNeedsLock();
                return false;
            }
        }

        // Encoded outside the lock: the first watcher that comes here pays for all.
        _taken.ForEach(update => Lead.AddFrames(update, frames));
        _taken.Clear();
        return true;
    }

    /// <summary>Completes with the next offer, or when it is interrupted.</summary>
    public ValueTask ArrivalAsync() => new(this, _arrival.Version);

    void IValueTaskSource.GetResult(short token) => _arrival.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _arrival.GetStatus(token);

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _arrival.OnCompleted(continuation, state, token, flags);

    /// <summary>The gaps that are next, and the events behind them.</summary>
    private void TakeLogNeedsLock(List<LogUpdate> log)
    {
        log.AddRange(_droppedGaps.Values);
        _droppedGaps.Clear();
        while (_events.TryDequeue(out var next))
        {
            CountNeedsLock(next, -1);
            log.Add(next);
            if (next is EventsUpdate)
            {
                return;
            }
        }
    }

    private void TakeConflatedNeedsLock(List<byte[]> frames)
    {
        if (_pulse is { } pulse)
        {
            frames.Add(pulse.KeepAlive);
            if (WantsOverview)
            {
                frames.Add(pulse.Delta);
            }

            _pulse = null;
        }

        if (_own is { } own)
        {
            frames.Add(own);
            _own = null;
        }

        if (_tick is { } tick)
        {
            frames.Add(_tickMissed ? tick.All.Value : tick.Frame);
            _tick = null;
            _tickMissed = false;
        }
    }

    private void OfferNeedsLock(LiveUpdate update)
    {
        if (_finished)
        {
            return;
        }

        switch (update)
        {
            case LogUpdate when !WantsEvents:
                break;
            case TickUpdate or ControlUpdate { OfOverview: true } when !WantsOverview:
                _tickMissed = true;
                break;
            case ControlUpdate { Frame.Length: var length } when _control.Count >= ControlMax || (_control.Count > 0 && _controlBytes + length > ControlBytesMax):
                _overflowed = true;
                break;
            case ControlUpdate control:
                _control.Enqueue(control.Frame);
                _controlBytes += control.Frame.Length;
                break;
            case TickUpdate tick:
                _tickMissed = _tick is not null || _tickMissed;
                _tick = tick;
                break;
            case PulseUpdate pulse:
                _pulse = pulse;
                break;
            case LogUpdate log:
                LogNeedsLock(log);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(update), update, "Not a live update.");
        }
    }

    private void LogNeedsLock(LogUpdate update)
    {
        _events.Enqueue(update);
        CountNeedsLock(update, 1);
        while (_events.Count > 1 && (_eventCount > EventsMax || _eventBytes > EventBytesMax))
        {
            var oldest = _events.Dequeue();
            CountNeedsLock(oldest, -1);
            DropNeedsLock(oldest);
        }
    }

    // A gap counts as an event, so that nothing in the queue is free.
    private void CountNeedsLock(LogUpdate update, int sign)
    {
        var events = (update as EventsUpdate)?.Events;
        _eventCount += sign * (events?.Count ?? 1);
        _eventBytes += sign * (UpdateBytes + (events?.HeldBytes ?? 0));
    }

    private void DropNeedsLock(LogUpdate oldest)
    {
        Interlocked.Add(ref _dropped, oldest is EventsUpdate { Events.Count: var events } ? events : 0);
        var from = _droppedGaps.TryGetValue(oldest.Epoch, out var before) ? before.From : oldest.From;
        _droppedGaps[oldest.Epoch] = new GapUpdate(oldest.Epoch, from, oldest.To, oldest.At);
    }

    private void AwaitNeedsLock()
    {
        _arrival.Reset();
        if (_isInterrupted)
        {
            _arrival.SetResult(true);
        }

        (_isAwaited, _isInterrupted) = (!_isInterrupted, false);
    }

    private bool TakeAwaitedNeedsLock()
    {
        var isAwaited = _isAwaited;
        _isAwaited = false;
        return isAwaited;
    }

    private void WakeElsewhere() => ThreadPool.UnsafeQueueUserWorkItem(static outbox => outbox.Wake(), this, preferLocal: false);
}
