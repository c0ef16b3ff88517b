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

    // How often the end of the stream is looked at while nothing comes.
    private static readonly TimeSpan IdlePeriod = TimeSpan.FromSeconds(1);

    private readonly Channel<PublishedEvents> _queue = Channel.CreateUnbounded<PublishedEvents>(new UnboundedChannelOptions { SingleReader = true });
    private readonly Lock _gate = new();
    private readonly IReadOnlyList<IMonitoringAdapter> _adapters;
    private readonly EventLog _log;
    private readonly RecentEvents _recent;
    private readonly TimeProvider _time;
    private readonly ILogger<Broadcaster> _logger;
    private readonly Guid _epoch;
    private readonly ISpool _spool;

    // Touched by the loop only.
    private readonly SequenceOrder _order;
    private long _missingFrom;
    private long _missingSince;
    private long _lastSeen;
    private long _tail;

    // Shared with producers and watchers.
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
        _spool = spool;
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
            cancellationToken.ThrowIfCancellationRequested();
            var patience = PatienceLeft();
            if (patience <= TimeSpan.Zero && Missing() is { } missing)
            {
                await PassOverAsync(missing.From, missing.To, cancellationToken);
            }
            else if (await NextAsync(patience, cancellationToken) is { } batch)
            {
                Publish(batch);
            }
            else
            {
                NoteTail();
            }
        }
    }

    /// <summary>What is missing before a batch that is here, or at the end, when the last ones found no place in the queue.</summary>
    private (long From, long To)? Missing() => _order.Missing ?? (_tail >= _order.Next ? (_order.Next, _tail) : null);

    /// <summary>
    /// How long to wait for the next batch. A batch that was overtaken is usually here within a moment, counted from when it was first
    /// missed: others that keep arriving must not make the wait endless.
    /// </summary>
    private TimeSpan PatienceLeft()
    {
        if (Missing() is not { } missing)
        {
            _missingFrom = 0;
            return IdlePeriod;
        }

        if (missing.From != _missingFrom)
        {
            (_missingFrom, _missingSince) = (missing.From, _time.GetTimestamp());
        }

        return Patience - _time.GetElapsedTime(_missingSince);
    }

    /// <summary>The next batch, or null when none came in time.</summary>
    private async Task<PublishedEvents?> NextAsync(TimeSpan patience, CancellationToken cancellationToken)
    {
        if (_queue.Reader.TryRead(out var batch))
        {
            return batch;
        }

        using var wake = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var arrival = _queue.Reader.WaitToReadAsync(wake.Token).AsTask();
        await Task.WhenAny(arrival, Task.Delay(patience, _time, wake.Token));
        await wake.CancelAsync();
        await ((Task)arrival).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return _queue.Reader.TryRead(out batch) ? batch : null;
    }

    /// <summary>
    /// A quiet moment: if the spool is still where it was at the last one, and further than what was told, then the end of the stream was
    /// passed over and nothing behind it will show that.
    /// </summary>
    private void NoteTail()
    {
        var last = _spool.Snapshot().LastSequence;
        _tail = last == _lastSeen ? last : 0;
        _lastSeen = last;
    }

    /// <summary>Tells what did not come by the queue: from the log, or as a gap when it is too much.</summary>
    private async Task PassOverAsync(long from, long to, CancellationToken cancellationToken)
    {
        var updates = Watchers == 0 ? [] : await ReadMissedAsync(from, to, cancellationToken);

        // Under the lock that Attach takes: whoever comes now finds these in the log.
        lock (_gate)
        {
            foreach (var update in updates)
            {
                Tell(update);
            }

            Interlocked.Exchange(ref _head, to);
        }

        PublishReady(_order.SkipTo(to));
    }

    private async Task<IReadOnlyList<LiveUpdate>> ReadMissedAsync(long from, long to, CancellationToken cancellationToken)
    {
        if (to - from >= FillMax)
        {
            return [new GapUpdate(_epoch, from, to)];
        }

        var updates = new List<LiveUpdate>();
        var after = from - 1;
        try
        {
            while (after < to)
            {
                var page = await _log.ReadAsync(_epoch, after, to, FillMax, cancellationToken);
                updates.AddRange(page.Tell(_epoch, after));
                after = page.CompleteTo;
            }
        }
        catch (Exception fault) when (fault is StoreUnavailableException or SpoolUnavailableException)
        {
            _logger.CatchUpFailed(fault.Message);
            updates.Add(new GapUpdate(_epoch, after + 1, to));
        }

        return updates;
    }

    private void Publish(PublishedEvents batch)
    {
        if (batch.FirstSequence < _order.Next)
        {
            // Passed over already: it was told from the log.
            Release(batch);
            return;
        }

        PublishReady(_order.Add(batch));
    }

    private void PublishReady(IReadOnlyList<PublishedEvents> ready)
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

            Release(events);
        }
    }

    // Its bytes count until here, also while it waits for one that is missing.
    private void Release(PublishedEvents batch) => Interlocked.Add(ref _queuedBytes, -batch.SizeBytes);
}
