namespace Holdfast.Monitoring;

/// <summary>
/// What waits for one watcher, bounded by class. Control must be delivered: when it does not fit, the connection is to be closed (1013).
/// Events drop the oldest, and the watcher is told the gap. Ticks and pulses conflate: the newest replaces what was not sent. Any thread
/// may offer; one reader takes.
/// </summary>
internal sealed class Outbox
{
    /// <summary>Control frames that may wait.</summary>
    public const int ControlMax = 64;

    /// <summary>Events that may wait.</summary>
    public const int EventsMax = 2_000;

    /// <summary>Bytes of events that may wait; one batch is always allowed.</summary>
    public const int EventBytesMax = 1 << 20;

    private readonly Lock _gate = new();
    private readonly Queue<byte[]> _control = new();

    // Events, history and gaps in the order of their numbers; what was dropped before them is one gap.
    private readonly Queue<LiveUpdate> _events = new();
    private GapUpdate? _droppedGap;
    private TaskCompletionSource? _waiting;
    private TickUpdate? _tick;
    private bool _tickMissed;
    private PulseUpdate? _pulse;
    private byte[]? _own;
    private int _eventCount;
    private int _eventBytes;
    private bool _overflowed;
    private bool _finished;
    private long _dropped;

    /// <summary>Whether this watcher wants events. Default: true.</summary>
    public bool WantsEvents { get; set; } = true;

    /// <summary>Whether this watcher wants values, ticks and new series. Default: true.</summary>
    public bool WantsOverview { get; set; } = true;

    /// <summary>Events dropped from this outbox.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    /// <summary>Control did not fit: close the connection.</summary>
    public bool Overflowed => Volatile.Read(ref _overflowed);

    /// <summary>The last frame has been handed in.</summary>
    public bool Finished => Volatile.Read(ref _finished);

    public void Offer(LiveUpdate update)
    {
        TaskCompletionSource? waiting;
        lock (_gate)
        {
            OfferNeedsLock(update);
            waiting = TakeWaitingNeedsLock();
        }

        waiting?.TrySetResult();
    }

    /// <summary>A value for this watcher alone; a later one replaces it.</summary>
    public void OfferOwn(byte[] frame)
    {
        TaskCompletionSource? waiting;
        lock (_gate)
        {
            _own = frame;
            waiting = TakeWaitingNeedsLock();
        }

        waiting?.TrySetResult();
    }

    /// <summary>Nothing follows what is waiting now and a last frame; the reader gets an empty answer after it.</summary>
    public void Finish(byte[] last)
    {
        TaskCompletionSource? waiting;
        lock (_gate)
        {
            _control.Enqueue(last);
            _finished = true;
            waiting = TakeWaitingNeedsLock();
        }

        waiting?.TrySetResult();
    }

    /// <summary>The frames that go out next, in the order of their class. Waits until there is one.</summary>
    public async ValueTask<IReadOnlyList<byte[]>> TakeAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var frames = TakeNow(out var waiting);
            if (frames.Count > 0 || Overflowed || Finished)
            {
                return frames;
            }

            await waiting.WaitAsync(cancellationToken);
        }
    }

    /// <param name="waiting">Completes with the next offer; of use when nothing was taken.</param>
    private List<byte[]> TakeNow(out Task waiting)
    {
        var frames = new List<byte[]>();
        LiveUpdate? events;
        lock (_gate)
        {
            while (_control.TryDequeue(out var control))
            {
                frames.Add(control);
            }

            TakeConflatedNeedsLock(frames);
            TakeGapsNeedsLock(frames);
            events = TakeEventsNeedsLock();
            _waiting ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            waiting = _waiting.Task;
        }

        // Encoded outside the lock: the first watcher that comes here pays for all.
        frames.AddRange(events switch
        {
            EventsUpdate published => published.Events.Frames.Select(frame => frame.Bytes),
            HistoryUpdate history => [history.Frame],
            _ => [],
        });
        return frames;
    }

    private void TakeGapsNeedsLock(List<byte[]> frames)
    {
        if (_droppedGap is { } dropped)
        {
            frames.Add(LiveFrames.Gap(dropped.Epoch, dropped.From, dropped.To));
            _droppedGap = null;
        }

        while (_events.TryPeek(out var next) && next is GapUpdate gap)
        {
            _events.Dequeue();
            frames.Add(LiveFrames.Gap(gap.Epoch, gap.From, gap.To));
        }
    }

    private LiveUpdate? TakeEventsNeedsLock()
    {
        if (!_events.TryDequeue(out var events))
        {
            return null;
        }

        CountNeedsLock(events, -1);
        return events;
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
            case EventsUpdate or HistoryUpdate or GapUpdate when !WantsEvents:
                break;
            case TickUpdate or ControlUpdate { OfOverview: true } when !WantsOverview:
                _tickMissed = true;
                break;
            case ControlUpdate control when _control.Count >= ControlMax:
                _overflowed = true;
                break;
            case ControlUpdate control:
                _control.Enqueue(control.Frame);
                break;
            case TickUpdate tick:
                _tickMissed = _tick is not null || _tickMissed;
                _tick = tick;
                break;
            case PulseUpdate pulse:
                _pulse = pulse;
                break;
            case EventsUpdate or HistoryUpdate or GapUpdate:
                EventsNeedsLock(update);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(update), update, "Not a live update.");
        }
    }

    private void EventsNeedsLock(LiveUpdate update)
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
    private void CountNeedsLock(LiveUpdate update, int sign)
    {
        var (_, from, to) = Span(update);
        _eventCount += sign * (update is GapUpdate ? 1 : (int)(to - from + 1));
        _eventBytes += sign * update switch
        {
            EventsUpdate published => published.Events.SizeBytes,
            HistoryUpdate history => history.Frame.Length,
            _ => 0,
        };
    }

    private void DropNeedsLock(LiveUpdate oldest)
    {
        var (epoch, from, to) = Span(oldest);
        Interlocked.Add(ref _dropped, oldest is GapUpdate ? 0 : to - from + 1);
        _droppedGap = new GapUpdate(epoch, _droppedGap?.From ?? from, to);
    }

    private static (Guid Epoch, long From, long To) Span(LiveUpdate update) => update switch
    {
        EventsUpdate { Events: var events } => (events.Epoch, events.FirstSequence, events.LastSequence),
        HistoryUpdate history => (history.Epoch, history.From, history.To),
        GapUpdate gap => (gap.Epoch, gap.From, gap.To),
        _ => throw new ArgumentOutOfRangeException(nameof(update), update, "Not an update of events."),
    };

    private TaskCompletionSource? TakeWaitingNeedsLock()
    {
        var waiting = _waiting;
        _waiting = null;
        return waiting;
    }
}
