using System.Threading.Channels;
using Holdfast.Lifecycle;
using Holdfast.Monitoring.Adapters;
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
    private readonly AdapterSwitch _adapters;
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

    // Changed under the lock only.
    private volatile LiveHeads _heads;

    /// <param name="isAlone">No other node can write to the store.</param>
    public Broadcaster(
        ISpool spool, AdapterSwitch adapters, EventLog log, RecentEvents recent, TimeProvider time, ILogger<Broadcaster> logger, bool isAlone = true)
    {
        _adapters = adapters;
        _log = log;
        _recent = recent;
        _time = time;
        _logger = logger;
        _spool = spool;
        _epoch = spool.SpoolId;
        var head = spool.Snapshot().LastSequence;
        _heads = new LiveHeads { Own = _epoch, Told = LivePositions.Of(_epoch, head), IsComplete = isAlone };
        _order = new SequenceOrder(head + 1);
    }

    public string Name => "broadcaster";

    public Guid Epoch => _epoch;

    /// <summary>Events seen since the process started.</summary>
    public long Events => Interlocked.Read(ref _events);

    /// <summary>How far the stream was told.</summary>
    public LiveHeads Heads => _heads;

    /// <summary>The last sequence number that was recorded here, told or not.</summary>
    public long Recorded => _spool.Snapshot().LastSequence;

    /// <summary>Where the stream stands, for a frame that is not of the log itself.</summary>
    public string Cursor => LiveCursor.Encode(_heads.Told);

    /// <summary>Connections of those who watch.</summary>
    public int Watchers => _adapters.Watchers;

    /// <summary>Whether anybody wants anything, connected here or elsewhere.</summary>
    public bool Watched => _adapters.Watched;

    /// <summary>Whether more than half of what may wait for somebody does.</summary>
    public bool HasSlowWatchers => _adapters.Paths.Any(path => path.Adapter.Metrics.Slow > 0);

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

            _queue.Writer.TryWrite(new RecordedEvents(epoch, position.FirstSequence, entry.Count, receivedAt, entry.Payload));
        }
    }

    /// <summary>Starts delivery to a watcher and returns how far the stream was told by then: what is up to there is in the log, the rest it gets.</summary>
    /// <param name="adapter">Over which it watches.</param>
    /// <param name="join">Adds the watcher to its adapter. Called under the lock of the stream; must not block.</param>
    /// <param name="since">Where the watcher stands; empty for a new one.</param>
    public LiveHeads Attach(IMonitoringAdapter adapter, Action join, LivePositions since)
    {
        lock (_gate)
        {
            join();
            return _adapters.HeadsOf(adapter, _heads = _heads.Await(since));
        }
    }

    /// <summary>Takes over which epochs of other nodes there are. While nobody watches, what they have stored counts as told.</summary>
    /// <returns>What was known before, and what is now.</returns>
    public (LiveHeads Before, LiveHeads Now) Learn(IReadOnlyList<EpochHead> stored)
    {
        lock (_gate)
        {
            var (before, known) = (_heads, _heads.Learn(stored));
            _heads = Watched ? known : known.PassOver(stored);
            return (before, _heads);
        }
    }

    /// <summary>Tells what was read from the log of an epoch, in order, and notes how far that is.</summary>
    public void Tell(Guid epoch, long to, IEnumerable<LogPart> parts)
    {
        // Under the lock that Attach takes: a watcher gets something either from the log or from here.
        lock (_gate)
        {
            foreach (var part in parts)
            {
                Tell(part.ToUpdate(_heads.Told));
            }

            _heads = _heads.ToldTo(epoch, to);
        }
    }

    public void Tell(LiveUpdate update) => _adapters.Broadcast(update);

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

            await CatchUpAsync(cancellationToken);
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
        if (!TryPassOver(to))
        {
            Tell(_epoch, to, await ReadMissedAsync(new EventSpan(_epoch, from, to), cancellationToken));
        }

        PublishReady(_order.SkipTo(to));
    }

    /// <summary>Counts a stretch as told while nobody watches; false: somebody does.</summary>
    private bool TryPassOver(long to)
    {
        // Both under the lock that Attach takes: whoever came in between would get the stretch neither from the log nor from here.
        lock (_gate)
        {
            if (Watched)
            {
                return false;
            }

            Tell(_epoch, to, []);
            return true;
        }
    }

    /// <summary>Catches up the watchers of an adapter that works again, before it gets anything new.</summary>
    private async Task CatchUpAsync(CancellationToken cancellationToken)
    {
        while (_adapters.DueToCatchUp() is { } path)
        {
            EventSpan? next;
            lock (_gate)
            {
                next = path.NextMissed(_heads);
            }

            if (next is { } missed)
            {
                var parts = await ReadMissedAsync(missed, cancellationToken);
                lock (_gate)
                {
                    _adapters.CatchUp(path, missed, parts);
                }
            }
        }
    }

    private async Task<IReadOnlyList<LogPart>> ReadMissedAsync(EventSpan missed, CancellationToken cancellationToken)
    {
        var (epoch, from, to) = missed;
        if (to - from >= FillMax)
        {
            return [LogPart.Gap(epoch, from, to)];
        }

        var parts = new List<LogPart>();
        var after = from - 1;
        try
        {
            while (after < to)
            {
                var page = await _log.ReadAsync(epoch, after, to, FillMax, cancellationToken);
                parts.AddRange(page.Tell(epoch, after));
                after = page.CompleteTo;
            }
        }
        catch (Exception fault) when (fault is StoreUnavailableException or SpoolUnavailableException)
        {
            _logger.CatchUpFailed(fault.Message);
            parts.Add(LogPart.Gap(epoch, after + 1, to));
        }

        return parts;
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
            Tell(_epoch, events.LastSequence, [LogPart.Of(events)]);
            Release(events);
        }
    }

    // Its bytes count until here, also while it waits for one that is missing.
    private void Release(PublishedEvents batch) => Interlocked.Add(ref _queuedBytes, -batch.SizeBytes);
}
