using System.Threading.Channels;
using Holdfast.Lifecycle;
using Holdfast.Pipeline;

namespace Holdfast.Monitoring;

/// <summary>
/// Tells the other nodes that this one has stored events: the first time at once, and then at most once per <see cref="Pause"/>. The flusher does
/// not wait for it. Thread-safe.
/// </summary>
internal sealed class EventBell(ISharedLog shared, TimeProvider time) : ILoop
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);

    // One wish to ring stands for all that came before it was granted.
    private readonly Channel<bool> _wanted = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });

    public string Name => "event doorbell";

    /// <summary>Events were committed.</summary>
    public void Ring() => _wanted.Writer.TryWrite(true);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (await _wanted.Reader.WaitToReadAsync(cancellationToken))
        {
            _wanted.Reader.TryRead(out _);
            await shared.RingAsync(cancellationToken);
            await Task.Delay(Pause, time, cancellationToken);
        }
    }
}
