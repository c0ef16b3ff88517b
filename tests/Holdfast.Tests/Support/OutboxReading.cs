using Holdfast.Monitoring;

namespace Holdfast.Tests.Support;

/// <summary>Reading as a session does.</summary>
internal static class OutboxReading
{
    /// <summary>The frames that go out next; waits until there is one. Empty after the last.</summary>
    public static async Task<IReadOnlyList<byte[]>> TakeAsync(this Outbox outbox, CancellationToken cancellationToken)
    {
        var frames = new List<byte[]>();
        while (!outbox.TryTake(frames) && !outbox.Finished)
        {
            await outbox.ArrivalAsync().AsTask().WaitAsync(cancellationToken);
        }

        return frames;
    }

    public static IReadOnlyList<byte[]> Frames(this WatcherLead lead, LogUpdate update)
    {
        var frames = new List<byte[]>();
        lead.AddFrames(update, frames);
        return frames;
    }
}
