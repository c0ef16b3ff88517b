using System.Collections.Concurrent;
using System.Threading.Channels;
using Holdfast.Lifecycle;
using Holdfast.Pipeline;
using Microsoft.Extensions.Logging;

namespace Holdfast.Monitoring;

/// <summary>
/// Follows what other nodes store: looks when one of them rings and, in case a ring was lost, once a second; reads what is new and hands it to
/// the broadcaster. Of each epoch only what is settled is told, so that nothing has to be told later from below. While nobody watches it
/// only notes how far the others are.
/// </summary>
internal sealed class EventFollower(
    ISharedLog shared, Broadcaster broadcaster, EventLog log, RecentEvents recent, StoreState storeState, TimeProvider time, ILogger<EventFollower> logger) : ILoop
{
    /// <summary>Events that another node may be ahead of what was told of it. What is older is told as a gap.</summary>
    public const int LagMax = 100_000;

    /// <summary>Events read at a time of one epoch.</summary>
    public const int PageEvents = 1_000;

    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(1);

    // Between two pages of a backlog: 40,000 events a second are more than a person sees and, as a rule, less than what makes outboxes drop.
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(25);

    // Paces that a page is put off for those who have not read the pages before: a backlog waits in the store, and costs them a gap here.
    // Who does not read at all holds the others up by this much for each page, until the connection is closed.
    private const int PacesMax = 10;

    private readonly Channel<bool> _rings = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    // By epoch, behind which number nothing was read because nobody watched.
    private readonly ConcurrentDictionary<Guid, long> _passedOver = new();
    private Task _freshening = Task.CompletedTask;
    private bool _isBlind;
    private long _told;
    private long _behind;

    public string Name => "event follower";

    /// <summary>Completes when it was tried to reach the store: looking before would only be refused. Default: it was.</summary>
    public Task StoreTried { get; init; } = Task.CompletedTask;

    /// <summary>Hears and tells who watches where. Null: nobody wants to know.</summary>
    public WatchedElsewhere? Elsewhere { get; init; }

    /// <summary>Epochs of other nodes that are followed.</summary>
    public int Epochs => broadcaster.Heads.Told.Count - 1;

    /// <summary>Events of other nodes that were told since the process started.</summary>
    public long Told => Interlocked.Read(ref _told);

    /// <summary>Sequence numbers that other nodes have settled and that were not told yet, at the last look.</summary>
    public long Behind => Interlocked.Read(ref _behind);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        // Ends with this loop, however that ends: one that is begun again listens anew.
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var listening = shared.ListenAsync(Hear, stop.Token);
        try
        {
            await StoreTried.WaitAsync(cancellationToken);
            while (true)
            {
                Elsewhere?.Tell(broadcaster.Watched);
                var isBehind = await LookAsync(cancellationToken);
                await (isBehind ? GiveTimeAsync(cancellationToken) : WaitAsync(Poll, endsWithRing: true, cancellationToken));
            }
        }
        finally
        {
            await stop.CancelAsync();
            await listening;
        }
    }

    /// <summary>Reads the newest of what was passed over while nobody watched: a first paint shows it. Many may ask at a time, it is read once.</summary>
    public Task FreshenAsync()
    {
        lock (_passedOver)
        {
            return _freshening = _freshening.IsCompleted && !_passedOver.IsEmpty ? ReadPassedOverAsync() : _freshening;
        }
    }

    private void Hear(LogRing ring)
    {
        if (ring == LogRing.Watching)
        {
            Elsewhere?.Hear();
        }
        else
        {
            _rings.Writer.TryWrite(true);
        }
    }

    private async Task ReadPassedOverAsync()
    {
        try
        {
            // Taken out first: what is passed over from here on is another stretch, and read by whoever asks next.
            foreach (var epoch in _passedOver.Keys)
            {
                if (_passedOver.TryRemove(epoch, out var after))
                {
                    await ReadPassedOverAsync(epoch, after);
                }
            }
        }
        catch (StoreUnavailableException fault)
        {
            logger.OthersUnreadable(fault.Message);
        }
    }

    private async Task ReadPassedOverAsync(Guid epoch, long after)
    {
        var to = broadcaster.Heads.Told.In(epoch) ?? 0;
        var from = Math.Max(after, to - RecentEvents.EventsMax);
        try
        {
            var page = await log.ReadStoredAsync(epoch, from, to, RecentEvents.EventsMax, CancellationToken.None);
            Remember(page.Tell(epoch, from));
        }
        catch (StoreUnavailableException)
        {
            // From the lower of the two, if more was passed over meanwhile.
            _passedOver.AddOrUpdate(epoch, after, (_, later) => Math.Min(after, later));
            throw;
        }
    }

    /// <summary>Tells a page of each epoch that is further in the store than what was told; returns whether there is more.</summary>
    private async Task<bool> LookAsync(CancellationToken cancellationToken)
    {
        if (!storeState.Now.Available)
        {
            return false;
        }

        try
        {
            var stored = await shared.ReadHeadsAsync(LiveCursor.EpochsMax, cancellationToken);
            foreach (var (head, told) in Learn(stored))
            {
                await TellAsync(head, told, cancellationToken);
            }

            _isBlind = false;
            return NoteBehind(stored) > 0;
        }
        catch (StoreUnavailableException fault)
        {
            if (!_isBlind)
            {
                logger.OthersUnreadable(fault.Message);
            }

            _isBlind = true;
            return false;
        }
    }

    /// <summary>The epochs of which something is to be told, with how far they were told.</summary>
    private List<(EpochHead Head, long Told)> Learn(IReadOnlyList<EpochHead> stored)
    {
        var (before, now) = broadcaster.Learn(stored);
        foreach (var (epoch, told) in before.Told.All.Where(entry => now.Told.In(entry.Key) > entry.Value))
        {
            _passedOver.TryAdd(epoch, told);
        }

        return [.. OthersOf(stored).Select(head => (head, now.Told.In(head.Epoch)!.Value)).Where(other => other.Value < other.head.SettledTo)];
    }

    private async Task TellAsync(EpochHead head, long told, CancellationToken cancellationToken)
    {
        if (head.SettledTo - told > LagMax)
        {
            var lost = LogPart.Gap(head.Epoch, told + 1, head.SettledTo - LagMax);
            broadcaster.Tell(head.Epoch, lost.To, [lost]);
            told = lost.To;
        }

        var page = await log.ReadStoredAsync(head.Epoch, told, head.SettledTo, PageEvents, cancellationToken);
        IReadOnlyList<LogPart> parts = [.. page.Tell(head.Epoch, told)];
        Remember(parts);
        broadcaster.Tell(head.Epoch, page.CompleteTo, parts);
        Interlocked.Add(ref _told, page.Events.Count);
    }

    private void Remember(IEnumerable<LogPart> parts)
    {
        foreach (var events in parts.Select(part => part.Events).OfType<PublishedEvents>())
        {
            recent.Add(events);
        }
    }

    private long NoteBehind(IReadOnlyList<EpochHead> stored)
    {
        var told = broadcaster.Heads.Told;
        var behind = OthersOf(stored).Sum(head => Math.Max(0, head.SettledTo - (told.In(head.Epoch) ?? 0)));
        Interlocked.Exchange(ref _behind, behind);
        return behind;
    }

    private IEnumerable<EpochHead> OthersOf(IReadOnlyList<EpochHead> stored) => stored.Where(head => head.Epoch != broadcaster.Epoch);

    private async Task GiveTimeAsync(CancellationToken cancellationToken)
    {
        var paces = 0;
        do
        {
            await WaitAsync(Pace, endsWithRing: false, cancellationToken);
        }
        while (++paces < PacesMax && broadcaster.HasSlowWatchers);
    }

    private async Task WaitAsync(TimeSpan atMost, bool endsWithRing, CancellationToken cancellationToken)
    {
        using var wake = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var delay = Task.Delay(atMost, time, wake.Token);
        if (endsWithRing)
        {
            await Task.WhenAny(delay, _rings.Reader.WaitToReadAsync(wake.Token).AsTask());
            _rings.Reader.TryRead(out _);
        }
        else
        {
            await delay;
        }

        await wake.CancelAsync();
        cancellationToken.ThrowIfCancellationRequested();
    }
}
