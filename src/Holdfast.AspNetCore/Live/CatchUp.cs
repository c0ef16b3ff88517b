using Holdfast.Monitoring;
using Holdfast.Pipeline;
using Holdfast.Spool;

namespace Holdfast.AspNetCore.Live;

/// <summary>Sends a watcher what it missed: the events that the log has, and gaps where it has none.</summary>
/// <param name="send">Sends one frame; waits while the watcher does not read.</param>
internal sealed class CatchUp(LiveContext context, Func<byte[], CancellationToken, ValueTask> send)
{
    /// <summary>Events that are sent of one epoch; what is older is told as a gap.</summary>
    public const int EventsMax = 10_000;

    private const int PageEvents = 1_000;

    /// <param name="since">Where the watcher stood. Empty: it is new and has missed nothing.</param>
    /// <param name="head">The last sequence number of this process that the watcher will not get live.</param>
    public async Task RunAsync(IReadOnlyDictionary<Guid, long> since, long head, CancellationToken cancellationToken)
    {
        // Epochs that have ended (a spool that was replaced) come before the one that goes on: its cursor is the last the watcher gets.
        var epoch = context.Broadcaster.Epoch;
        foreach (var (ended, position) in since.Where(entry => entry.Key != epoch))
        {
            await SendAsync(ended, position, await LastOfAsync(ended, position, cancellationToken), cancellationToken);
        }

        await SendAsync(epoch, since.Count == 0 ? head : since.GetValueOrDefault(epoch), head, cancellationToken);
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
            foreach (var update in page.Tell(epoch, after))
            {
                await send(update is HistoryUpdate history ? history.Frame : GapFrame((GapUpdate)update), cancellationToken);
            }

            // The outbox is not read from yet, so its signs of life do not go out.
            await send(LiveFrames.KeepAlive(context.Time.GetUtcNow()), cancellationToken);
            after = page.CompleteTo;
        }
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

    private async ValueTask<long> LastOfAsync(Guid ended, long position, CancellationToken cancellationToken)
    {
        try
        {
            return await context.Log.LastSequenceAsync(ended, cancellationToken);
        }
        catch (StoreUnavailableException fault)
        {
            // How much was missed only the store knows. That there may be something is told all the same, as a gap of one.
            context.Logger.CatchUpFailed(fault.Message);
            return position + 1;
        }
    }

    private static byte[] GapFrame(GapUpdate gap) => LiveFrames.Gap(gap.Epoch, gap.From, gap.To);
}
