using Holdfast.Monitoring;
using Holdfast.Pipeline;

namespace Holdfast.Supabase;

/// <summary>
/// What waits to be published, bounded. Events wait in order; when there are too many the oldest are given up, and a gap is told in their
/// place. Ticks, values and signs of life conflate: the newest replaces what was not sent, so nothing stale is ever sent. Any thread may
/// offer; one takes.
/// </summary>
internal sealed class PublishQueue
{
    /// <summary>Updates that may wait.</summary>
    public const int UpdatesMax = 5_000;

    /// <summary>Bytes of events that may wait; one batch is always allowed.</summary>
    public const long BytesMax = 8 << 20;

    /// <summary>Control frames that may wait.</summary>
    public const int ControlMax = 64;

    private readonly Lock _gate = new();
    private readonly LinkedList<PendingUpdate> _updates = new();
    private readonly Queue<byte[]> _control = new();
    private readonly Dictionary<Guid, GapUpdate> _gaps = [];
    private TaskCompletionSource _offered = New();
    private TickUpdate? _tick;
    private bool _tickMissed;
    private PulseUpdate? _pulse;
    private int _count;
    private long _bytes;

    /// <summary>Updates with events, and gaps, that wait.</summary>
    public int Count
    {
        get { lock (_gate) return _count; }
    }

    /// <summary>Takes an update and returns those that had to be given up for it.</summary>
    public IReadOnlyList<PendingUpdate> Offer(LiveUpdate update)
    {
        TaskCompletionSource offered;
        IReadOnlyList<PendingUpdate> givenUp;
        lock (_gate)
        {
            givenUp = OfferNeedsLock(update);
            (offered, _offered) = (_offered, New());
        }

        offered.TrySetResult();
        return givenUp;
    }

    /// <summary>Completes when there is something.</summary>
    public Task WaitAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            return IsEmptyNeedsLock() ? _offered.Task.WaitAsync(cancellationToken) : Task.CompletedTask;
        }
    }

    /// <summary>What goes out next. Its events are out of the queue until they are put back, and count all the same.</summary>
    /// <param name="bytesMax">Of events, about.</param>
    public PublishRound Take(long bytesMax)
    {
        lock (_gate)
        {
            var round = new PublishRound { Gaps = [.. _gaps.Values], Control = [.. _control], Tick = TickFrame(), Pulse = _pulse };
            _gaps.Clear();
            _control.Clear();
            (_tick, _tickMissed, _pulse) = (null, false, null);
            for (var bytes = 0L; _updates.First is { } first && (bytes == 0 || bytes + first.Value.SizeBytes <= bytesMax); bytes += first.Value.SizeBytes)
            {
                _updates.RemoveFirst();
                round.Updates.Add(first.Value);
            }

            return round;
        }
    }

    /// <summary>What was taken is done with.</summary>
    public void Release(IReadOnlyList<PendingUpdate> updates)
    {
        lock (_gate)
        {
            foreach (var update in updates)
            {
                CountNeedsLock(update, -1);
            }
        }
    }

    /// <summary>What was taken could not be sent: events and gaps wait again, the rest is stale.</summary>
    /// <param name="round">What was taken.</param>
    /// <param name="done">Of its updates, the first that are done with all the same.</param>
    public void PutBack(PublishRound round, int done = 0)
    {
        lock (_gate)
        {
            foreach (var update in round.Updates.Take(done))
            {
                CountNeedsLock(update, -1);
            }

            foreach (var update in round.Updates.Skip(done).Reverse())
            {
                _updates.AddFirst(update);
            }

            foreach (var gap in round.Gaps)
            {
                NoteGapNeedsLock(gap);
            }

            foreach (var control in round.Control.Take(ControlMax - _control.Count))
            {
                _control.Enqueue(control);
            }
        }
    }

    private List<PendingUpdate> OfferNeedsLock(LiveUpdate update)
    {
        switch (update)
        {
            case LogUpdate told:
                return AddNeedsLock(new PendingUpdate(told));
            case TickUpdate tick:
                (_tickMissed, _tick) = (_tick is not null || _tickMissed, tick);
                break;
            case PulseUpdate pulse:
                _pulse = pulse;
                break;
            case ControlUpdate control:
                _control.Enqueue(control.Frame);
                TrimControlNeedsLock();
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(update), update, "Not a live update.");
        }

        return [];
    }

    private List<PendingUpdate> AddNeedsLock(PendingUpdate added)
    {
        _updates.AddLast(added);
        CountNeedsLock(added, 1);
        var givenUp = new List<PendingUpdate>();
        while (_updates.Count > 1 && (_count > UpdatesMax || _bytes > BytesMax))
        {
            var oldest = _updates.First!.Value;
            _updates.RemoveFirst();
            CountNeedsLock(oldest, -1);
            NoteGapNeedsLock(oldest.Update);
            givenUp.Add(oldest);
        }

        return givenUp;
    }

    // The dictionary of series is told again from time to time, so an old piece of it is missed by nobody.
    private void TrimControlNeedsLock()
    {
        if (_control.Count > ControlMax)
        {
            _control.Dequeue();
        }
    }

    private void NoteGapNeedsLock(LogUpdate update)
    {
        var known = _gaps.GetValueOrDefault(update.Epoch);
        var from = known is null ? update.From : Math.Min(known.From, update.From);
        _gaps[update.Epoch] = new GapUpdate(update.Epoch, from, Math.Max(known?.To ?? 0, update.To), update.At);
    }

    private byte[]? TickFrame() => _tick is null ? null : _tickMissed ? _tick.All.Value : _tick.Frame;

    private bool IsEmptyNeedsLock() => _updates.Count == 0 && _control.Count == 0 && _gaps.Count == 0 && _tick is null && _pulse is null;

    private void CountNeedsLock(PendingUpdate update, int sign)
    {
        _count += sign;
        _bytes += sign * update.SizeBytes;
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}

/// <summary>An update with events, or a gap, that waits to be published.</summary>
internal sealed class PendingUpdate(LogUpdate update)
{
    private IReadOnlyList<StoredEvent>? _carried;

    public LogUpdate Update => update;

    public long SizeBytes { get; } = (update as EventsUpdate)?.Events.SizeBytes ?? 0;

    /// <summary>The events that are to be published: the share, where there is one. Decoded when they are wanted, and once.</summary>
    public IReadOnlyList<StoredEvent> Carried => _carried ??= update is EventsUpdate told
        ? [.. told.Events.ToStored().Where(stored => told.Shares?.Carries(stored.Category, stored.EventId) ?? true)]
        : [];

    /// <summary>How many they are. Nothing is decoded for it, unless there is a share: whoever gives updates up may hold a lock.</summary>
    public int CarriedCount => update is EventsUpdate { Shares: null } told ? told.Events.Count : Carried.Count;
}

/// <summary>What is published at one time.</summary>
internal sealed class PublishRound
{
    public List<PendingUpdate> Updates { get; } = [];

    public required IReadOnlyList<GapUpdate> Gaps { get; init; }

    public required IReadOnlyList<byte[]> Control { get; init; }

    public required byte[]? Tick { get; init; }

    public required PulseUpdate? Pulse { get; init; }
}
