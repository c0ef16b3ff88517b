using Holdfast.Monitoring;
using Holdfast.Pipeline;
using Holdfast.Spool;

namespace Holdfast.AspNetCore.Live;

/// <summary>Sends a watcher what it missed: the events that the log has, and gaps where it has none.</summary>
/// <param name="since">Where the watcher stood.</param>
/// <param name="send">Sends one frame; waits while the watcher does not read.</param>
internal sealed class CatchUp(LiveContext context, LivePositions since, Func<byte[], CancellationToken, ValueTask> send)
{
    /// <summary>Events that are sent of one epoch; what is older is told as a gap.</summary>
    public const int EventsMax = 10_000;

    private const int PageEvents = 1_000;

    // What the watcher has so far: if it breaks off, it goes on from there.
    private LivePositions _has = since;

    /// <summary>Sends them and returns what the watcher has then.</summary>
    public async Task<LivePositions> RunAsync(IReadOnlyList<CatchUpRange> ranges, CancellationToken cancellationToken)
    {
        foreach (var range in ranges)
        {
            await (range.To is { } last ? SendAsync(range.Epoch, range.After, last, cancellationToken) : EndAsync(range, cancellationToken));
        }

        return _has;
    }

    /// <summary>
    /// Sends the rest of an epoch that has ended, and forgets it. The watcher keeps its place where that is beyond what the store has, since a
    /// node may still store what the watcher has seen at it; and where the epoch goes on, or nobody can tell.
    /// </summary>
    private async Task EndAsync(CatchUpRange ended, CancellationToken cancellationToken)
    {
        if (await EndOfAsync(ended.Epoch, cancellationToken) is { IsOver: true } end && end.SettledTo >= ended.After)
        {
            await SendAsync(ended.Epoch, ended.After, end.SettledTo, cancellationToken);
            _has = _has.Without(ended.Epoch);
        }
    }

    private async Task SendAsync(Guid epoch, long after, long last, CancellationToken cancellationToken)
    {
        if (last - after > EventsMax)
        {
            await send(LiveFrames.Gap(epoch, after + 1, last - EventsMax), cancellationToken);
            after = last - EventsMax;
        }

        while (after < last)
        {
            var page = await ReadAsync(epoch, after, last, cancellationToken);
            foreach (var part in page.Tell(epoch, after))
            {
                await SendAsync(part, cancellationToken);
            }

            // The outbox is not read from yet, so its signs of life do not go out.
            await send(LiveFrames.KeepAlive(context.Time.GetUtcNow()), cancellationToken);
            after = page.CompleteTo;
        }
    }

    private async ValueTask SendAsync(LogPart part, CancellationToken cancellationToken)
    {
        if (part.Events is not { } events)
        {
            await send(LiveFrames.Gap(part.Epoch, part.From, part.To), cancellationToken);
            return;
        }

        foreach (var frame in events.Encode(_has))
        {
            await send(frame.Bytes, cancellationToken);
        }

        _has = _has.With(part.Epoch, part.To);
    }

    private async ValueTask<HistoryPage> ReadAsync(Guid epoch, long after, long last, CancellationToken cancellationToken)
    {
        try
        {
            return await context.Log.ReadAsync(epoch, after, last, PageEvents, cancellationToken);
        }
        catch (Exception fault) when (fault is StoreUnavailableException or SpoolUnavailableException)
        {
            context.Logger.CatchUpFailed(fault.Message);
            return new HistoryPage([], last, [new SequenceRange(after + 1, last)]);
        }
    }

    private async ValueTask<EpochEnd?> EndOfAsync(Guid epoch, CancellationToken cancellationToken)
    {
        try
        {
            return await context.Log.EndOfAsync(epoch, cancellationToken);
        }
        catch (StoreUnavailableException fault)
        {
            context.Logger.CatchUpPostponed(fault.Message);
            return null;
        }
    }
}
