using Holdfast.Realtime.Wire;

namespace Holdfast.Realtime.Channels;

/// <summary>
/// What waits for one connection, bounded by class. Control must be delivered: when it does not fit, the connection is to be closed (1013).
/// Messages drop the oldest, and the channel is told how many. Frames of the live topic come one after another, from an outbox that has its
/// own rules. Any thread may offer; one reader takes.
/// </summary>
/// <param name="noteDropped">Told of each message that is dropped, or was lost before.</param>
internal sealed class ConnectionQueue(PhoenixSerializer serializer, Action<long>? noteDropped = null)
{
    /// <summary>Control frames that may wait.</summary>
    public const int ControlMax = 1_024;

    /// <summary>Bytes of control that may wait.</summary>
    public const int ControlBytesMax = 1 << 20;

    /// <summary>Control frames from which on nothing more is read from a client: it shall first take the answers it has asked for.</summary>
    public const int ControlHigh = 256;

    /// <summary>Bytes of control from which on nothing more is read: what one more request brings still fits.</summary>
    public const int ControlBytesHigh = 256 << 10;

    /// <summary>Messages that may wait.</summary>
    public const int MessagesMax = 2_000;

    /// <summary>Bytes of messages that may wait; one message is always allowed.</summary>
    public const int MessageBytesMax = 1 << 20;

    // Of the live topic: enough for the writer to have one while the next is made.
    private const int LiveMax = 2;

    // After it was finished, when nobody waits any more.
    private const int FinishedLiveMax = 64;

    private readonly Lock _gate = new();
    private readonly Queue<SharedMessage> _control = new();
    private readonly Queue<(RealtimeChannel Channel, SharedMessage Message)> _messages = new();
    private readonly Queue<SharedMessage> _live = new();
    private readonly Dictionary<RealtimeChannel, long> _droppedOf = [];

    // There while somebody waits.
    private TaskCompletionSource? _offered;
    private TaskCompletionSource? _taken;
    private int _controlBytes;
    private int _messageBytes;
    private long _dropped;
    private bool _overflowed;
    private bool _finished;
    private bool _liveEnded;

    /// <summary>Messages dropped from this queue.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    /// <summary>Control did not fit: close the connection.</summary>
    public bool Overflowed => Volatile.Read(ref _overflowed);

    /// <summary>Nothing follows what waits.</summary>
    public bool Finished => Volatile.Read(ref _finished);

    /// <summary>Something that must be delivered, in order.</summary>
    public void Control(SharedMessage message)
    {
        lock (_gate)
        {
            if (_finished || _overflowed)
            {
                return;
            }

            _control.Enqueue(message);
            _controlBytes += message.SizeBytes;
            _overflowed |= _control.Count > ControlMax || _controlBytes > ControlBytesMax && _control.Count > 1;
            Signal(ref _offered);
        }
    }

    public void Control(in ServerMessage message)
    {
        var frame = serializer.Write(message);
        Control(new SharedMessage(frame.Bytes.Length, _ => frame));
    }

    /// <summary>A message to a channel; the oldest that wait make room for it.</summary>
    public void Message(RealtimeChannel channel, SharedMessage message)
    {
        lock (_gate)
        {
            if (_finished)
            {
                return;
            }

            _messages.Enqueue((channel, message));
            _messageBytes += message.SizeBytes;
            while (_messages.Count > 1 && (_messages.Count > MessagesMax || _messageBytes > MessageBytesMax))
            {
                var (of, oldest) = _messages.Dequeue();
                _messageBytes -= oldest.SizeBytes;
                NoteDroppedNeedsLock(of, 1);
            }

            Signal(ref _offered);
        }
    }

    /// <summary>A frame of the live topic; waits while the client does not read those before it.</summary>
    public async ValueTask LiveAsync(SharedMessage frame, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task taken;
            lock (_gate)
            {
                // Nobody waits for a client that is let go. What finds no place then is not sent, nor what comes after it: the client goes on there.
                if (_finished && (_liveEnded |= _live.Count >= FinishedLiveMax))
                {
                    return;
                }

                if (_finished || _live.Count < LiveMax)
                {
                    _live.Enqueue(frame);
                    Signal(ref _offered);
                    return;
                }

                taken = (_taken ??= NewSignal()).Task;
            }

            await taken.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Waits until the client has taken most of its answers.</summary>
    public async ValueTask RoomAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            Task taken;
            lock (_gate)
            {
                if (_finished || (_control.Count < ControlHigh && _controlBytes < ControlBytesHigh))
                {
                    return;
                }

                taken = (_taken ??= NewSignal()).Task;
            }

            await taken.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Changes that were lost before they came here.</summary>
    public void NoteDropped(RealtimeChannel channel, long count)
    {
        lock (_gate)
        {
            NoteDroppedNeedsLock(channel, count);
            Signal(ref _offered);
        }
    }

    /// <summary>Something that must be delivered did not find its place before it came here: close the connection.</summary>
    public void Overflow()
    {
        lock (_gate)
        {
            _overflowed = true;
            Signal(ref _offered);
        }
    }

    /// <summary>Drops what waits apart from control: whoever waits for it must not get it any more.</summary>
    public void DropMessages()
    {
        lock (_gate)
        {
            _messages.Clear();
            _live.Clear();
            _droppedOf.Clear();
            _messageBytes = 0;
            Signal(ref _taken);
        }
    }

    /// <summary>Nothing follows; the reader gets an empty answer after what waits.</summary>
    public void Finish()
    {
        lock (_gate)
        {
            _finished = true;
            Signal(ref _offered);
            Signal(ref _taken);
        }
    }

    /// <summary>The frames that go out next, in the order of their class. Waits until there is one; empty at the end.</summary>
    public async ValueTask<IReadOnlyList<RealtimeFrame>> TakeAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var frames = TakeNow(out var offered);
            if (frames.Count > 0 || Overflowed || Finished)
            {
                return frames;
            }

            await offered.WaitAsync(cancellationToken);
        }
    }

    /// <param name="offered">Completes with the next offer; of use when nothing was taken.</param>
    private List<RealtimeFrame> TakeNow(out Task offered)
    {
        // A part of the messages at a time: control that comes meanwhile does not wait for all of them.
        const int MessagesAtOnce = 64;

        var shared = new List<SharedMessage>();
        lock (_gate)
        {
            offered = (_offered ??= NewSignal()).Task;
            shared.AddRange(_control);
            _control.Clear();
            _controlBytes = 0;
            TakeDropsNeedsLock(shared);
            for (var taken = 0; taken < MessagesAtOnce && _messages.TryDequeue(out var next); taken++)
            {
                _messageBytes -= next.Message.SizeBytes;
                if (!next.Channel.Closed)
                {
                    shared.Add(next.Message);
                }
            }

            shared.AddRange(_live);
            _live.Clear();
            Signal(ref _taken);
        }

        // Encoded outside the lock: the first connection that comes here pays for all.
        var frames = new List<RealtimeFrame>(shared.Count);
        foreach (var message in shared)
        {
            if (message.For(serializer) is { } frame)
            {
                frames.Add(frame);
            }
        }

        return frames;
    }

    private void TakeDropsNeedsLock(List<SharedMessage> shared)
    {
        if (_droppedOf.Count == 0)
        {
            return;
        }

        foreach (var (channel, count) in _droppedOf.Where(entry => !entry.Key.Closed))
        {
            shared.Add(channel.DroppedNotice(count));
        }

        _droppedOf.Clear();
    }

    private void NoteDroppedNeedsLock(RealtimeChannel channel, long count)
    {
        _droppedOf[channel] = _droppedOf.GetValueOrDefault(channel) + count;
        Interlocked.Add(ref _dropped, count);
        noteDropped?.Invoke(count);
    }

    private static void Signal(ref TaskCompletionSource? signal)
    {
        signal?.TrySetResult();
        signal = null;
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
