using Holdfast.Monitoring;

namespace Holdfast.AspNetCore.Live;

/// <summary>
/// What one watcher gets, whatever way it goes out:
/// 1. attach to the broadcaster, so that nothing falls between history and present;
/// 2. hello, series, snapshot;
/// 3. catch up from the log, from the watcher's cursor to the moment of attachment;
/// 4. what the outbox has, until the end.
/// </summary>
/// <param name="send">Sends one frame; waits while the watcher does not read.</param>
internal sealed class LiveFeed(LiveContext context, Func<byte[], CancellationToken, ValueTask> send) : IDisposable
{
    public Outbox Outbox { get; } = new();

    /// <summary>Steps 1 to 3.</summary>
    /// <param name="since">Where the watcher stood; empty for a new one.</param>
    public async Task BeginAsync(LivePositions since, CancellationToken cancellationToken)
    {
        var heads = context.Broadcaster.Attach(context.Adapter, () => context.Adapter.Add(Outbox), since);
        await GreetAsync(LiveCursor.Encode(heads.Told.AtLeast(since.Without(heads.Own))), cancellationToken);
        var has = await new CatchUp(context, since, send).RunAsync(CatchUpPlan.For(since, heads), cancellationToken);

        // Other nodes may tell what this one has recorded before it does so itself. Who is further than that has seen numbers that a crash took
        // back, and gets what comes under them.
        Outbox.Lead = new WatcherLead(has.In(heads.Own) <= context.Broadcaster.Recorded ? has : has.Without(heads.Own));
    }

    /// <summary>Step 4. Ends after the last frame, or when the watcher has not read what must be delivered (<see cref="Outbox.Overflowed"/>).</summary>
    public async Task SendAsync(CancellationToken cancellationToken)
    {
        using var interrupted = cancellationToken.UnsafeRegister(static outbox => ((Outbox)outbox!).Interrupt(), Outbox);
        var frames = new List<byte[]>();
        while (true)
        {
            frames.Clear();
            while (!Outbox.TryTake(frames) && !Outbox.Finished)
            {
                await Outbox.ArrivalAsync();
                cancellationToken.ThrowIfCancellationRequested();
            }

            for (var at = 0; at < frames.Count && !Outbox.Overflowed; at++)
            {
                await send(frames[at], cancellationToken);
            }

            if (Outbox.Overflowed || (Outbox.Finished && frames.Count == 0))
            {
                return;
            }
        }
    }

    /// <summary>Detaches from the broadcaster.</summary>
    public void Dispose() => context.Adapter.Remove(Outbox);

    private async Task GreetAsync(string cursor, CancellationToken cancellationToken)
    {
        await send(LiveFrames.Hello(context.Broadcaster.Epoch, cursor, context.Time.GetUtcNow(), context.Status.Identity.Node, context.FlagsEtag()), cancellationToken);
        await context.Overview.PrepareAsync(cancellationToken);
        await send(LiveFrames.Series(context.Broadcaster.Series.Entries()), cancellationToken);
        await send(LiveFrames.Snapshot("overview", cursor, context.Overview.Write), cancellationToken);
    }
}
