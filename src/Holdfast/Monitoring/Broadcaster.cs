using System.Threading.Channels;
using Holdfast.Lifecycle;
using Holdfast.Pipeline;
using Holdfast.Spool;
using Microsoft.Extensions.Logging;

namespace Holdfast.Monitoring;

/// <summary>
/// Tells the watchers what has just become durable, in order of sequence. It never holds up a producer: what does not fit into its queue
/// is read from the log when it is missed, or told as a gap when that is too much.
/// </summary>
internal sealed class Broadcaster : IRecordedObserver, ILoop
{
    /// <summary>Bytes of batches on their way to the watchers. Beyond it batches are passed over and read from the log.</summary>
    public const long QueueBytesMax = 16 << 20;

    /// <summary>Missing events that are read from the log; more than that is told as a gap.</summary>
    public const int FillMax = 5_000;

    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(50);

    private readonly Channel<PublishedEvents> _queue = Channel.CreateUnbounded<PublishedEvents>(new UnboundedChannelOptions { SingleReader = true });
    private readonly Lock _gate = new();
    private readonly IReadOnlyList<IMonitoringAdapter> _adapters;
    private readonly EventLog _log;
    private readonly RecentEvents _recent;
    private readonly TimeProvider _time;
    private readonly ILogger<Broadcaster> _logger;
    private readonly Guid _epoch;
    private readonly SequenceOrder _order;
    private long _queuedBytes;
    private long _events;
    private long _head;

    public Broadcaster(
        ISpool spool, IEnumerable<IMonitoringAdapter> adapters, EventLog log, RecentEvents recent, TimeProvider time, ILogger<Broadcaster> logger)
    {
        _adapters = adapters.ToArray();
        _log = log;
        _recent = recent;
        _time = time;
        _logger = logger;
        _epoch = spool.SpoolId;
        _head = spool.Snapshot().LastSequence;
        _order = new SequenceOrder(_head + 1);
    }

    public string Name => "broadcaster";

    public Guid Epoch => _epoch;

    /// <summary>Events seen since the process started.</summary>
    public long Events => Interlocked.Read(ref _events);

    /// <summary>The last sequence number that was told.</summary>
    public long Head => Interlocked.Read(ref _head);

    public int Watchers => _adapters.Sum(a => a.ConnectionCount);

    public LiveSeries Series { get; } = new();

    public void OnSamples(IReadOnlyList<Sample> samples) => Series.Note(samples);

    public void OnEvents(Guid epoch, DateTimeOffset receivedAt, IReadOnlyList<(SpoolEntry Entry, SpoolPosition Position)> batches)
    {
        foreach (var (entry, position) in batches)
        {
            Interlocked.Add(ref _events, entry.Count);
            var size = entry.Payload.Length;
            if (Interlocked.Add(ref _queuedBytes, size) > QueueBytesMax)
            {
                Interlocked.Add(ref _queuedBytes, -size);
                continue;
            }

            _queue.Writer.TryWrite(new PublishedEvents(epoch, position.FirstSequence, entry.Count, receivedAt, entry.Payload));
        }
    }

    /// <summary>Starts delivery to a watcher and returns the last sequence number it will not get: what is up to there is in the log.</summary>
    public long Attach(WebSocketAdapter adapter, Outbox outbox)
    {
        lock (_gate)
        {
            adapter.Add(outbox);
            return _head;
        }
    }

    public void Tell(LiveUpdate update)
    {
        foreach (var adapter in _adapters)
        {
            adapter.Broadcast(update);
        }
    }

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            if (_order.Missing is { } missing && !await MoreArrivesAsync(cancellationToken))
            {
                await FillAsync(missing.From, missing.To, cancellationToken);
                Publish(_order.Skip());
            }
            else if (_queue.Reader.TryRead(out var batch) || await _queue.Reader.WaitToReadAsync(cancellationToken) && _queue.Reader.TryRead(out batch))
            {
                Interlocked.Add(ref _queuedBytes, -batch.SizeBytes);
                Publish(_order.Add(batch));
            }
        }
    }

    /// <summary>A batch that was overtaken is usually here within a moment.</summary>
    private async Task<bool> MoreArrivesAsync(CancellationToken cancellationToken)
    {
        if (_queue.Reader.TryPeek(out _))
        {
            return true;
        }

        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var arrival = _queue.Reader.WaitToReadAsync(patience.Token).AsTask();
        await Task.WhenAny(arrival, Task.Delay(Patience, _time, patience.Token));
        await patience.CancelAsync();
        await ((Task)arrival).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
        return _queue.Reader.TryPeek(out _);
    }

    /// <summary>Tells what the queue could not hold: from the log, or as a gap.</summary>
    private async Task FillAsync(long from, long to, CancellationToken cancellationToken)
    {
        if (Watchers == 0)
        {
            return;
        }

        if (to - from >= FillMax)
        {
            Tell(new GapUpdate(_epoch, from, to));
            return;
        }

        try
        {
            var missed = await _log.ReadAsync(_epoch, from - 1, to, FillMax, cancellationToken);
            Tell(new ControlOrGap(_epoch, from, to, missed).ToUpdate());
        }
        catch (Exception fault) when (fault is StoreUnavailableException or SpoolUnavailableException)
        {
            _logger.CatchUpFailed(fault.Message);
            Tell(new GapUpdate(_epoch, from, to));
        }
    }

    private void Publish(IReadOnlyList<PublishedEvents> ready)
    {
        foreach (var events in ready)
        {
            _recent.Add(events);

            // Under the lock that Attach takes: a watcher gets a batch either from the log or from here.
            lock (_gate)
            {
                Interlocked.Exchange(ref _head, events.LastSequence);
                Tell(new EventsUpdate(events));
            }
        }
    }

    private sealed record ControlOrGap(Guid Epoch, long From, long To, IReadOnlyList<StoredEvent> Events)
    {
        public LiveUpdate ToUpdate() => Events.Count == 0
            ? new GapUpdate(Epoch, From, To)
            : new ControlUpdate(LiveFrames.Events(LiveCursor.Encode(Epoch, To), Events));
    }
}
