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
    private readonly Queue<PublishedEvents> _events = new();
    private readonly List<GapUpdate> _gaps = [];
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
        PublishedEvents? events;
        lock (_gate)
        {
            while (_control.TryDequeue(out var control))
            {
                frames.Add(control);
            }

            TakeConflatedNeedsLock(frames);
            foreach (var gap in _gaps)
            {
                frames.Add(LiveFrames.Gap(gap.Epoch, gap.From, gap.To));
            }

            _gaps.Clear();
            if (_events.TryDequeue(out events))
            {
                _eventCount -= events.Count;
                _eventBytes -= events.SizeBytes;
            }

            _waiting ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            waiting = _waiting.Task;
        }

        // Encoded outside the lock: the first watcher that comes here pays for all.
        if (events is not null)
        {
            frames.AddRange(events.Frames.Select(frame => frame.Bytes));
        }

        return frames;
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
            case EventsUpdate or GapUpdate when !WantsEvents:
                break;
            case TickUpdate when !WantsOverview:
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
            case GapUpdate gap:
                GapNeedsLock(gap);
                break;
            case EventsUpdate { Events: var events }:
                EventsNeedsLock(events);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(update), update, "Not a live update.");
        }
    }

    private void EventsNeedsLock(PublishedEvents events)
    {
        _events.Enqueue(events);
        _eventCount += events.Count;
        _eventBytes += events.SizeBytes;
        while (_events.Count > 1 && (_eventCount > EventsMax || _eventBytes > EventBytesMax))
        {
            var oldest = _events.Dequeue();
            _eventCount -= oldest.Count;
            _eventBytes -= oldest.SizeBytes;
            Interlocked.Add(ref _dropped, oldest.Count);
            GapNeedsLock(new GapUpdate(oldest.Epoch, oldest.FirstSequence, oldest.LastSequence));
        }
    }

    // Neighbouring gaps are one gap, so their number stays small however slow the reader is.
    private void GapNeedsLock(GapUpdate gap)
    {
        if (_gaps.Count > 0 && _gaps[^1] is var last && last.Epoch == gap.Epoch && last.To + 1 >= gap.From)
        {
            _gaps[^1] = last with { To = Math.Max(last.To, gap.To) };
        }
        else
        {
            _gaps.Add(gap);
        }
    }

    private TaskCompletionSource? TakeWaitingNeedsLock()
    {
        var waiting = _waiting;
        _waiting = null;
        return waiting;
    }
}
