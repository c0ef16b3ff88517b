using System.Threading.Channels;
using Holdfast.Lifecycle;
using Holdfast.Pipeline;

namespace Holdfast.Monitoring;

/// <summary>
/// Tells the other nodes that this one has stored events, or that somebody watches here: the first time at once, and then at most once per
/// <see cref="Pause"/>. Who rings does not wait for it. Thread-safe.
/// </summary>
internal sealed class EventBell(ISharedLog shared, TimeProvider time) : ILoop
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);

    // One wish to ring stands for all of its kind that came before it was granted.
    private readonly Channel<bool> _wanted = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });
    private int _stored;
    private int _watching;

    public string Name => "event doorbell";

    public void Ring(LogRing ring)
    {
        Interlocked.Exchange(ref (ring == LogRing.Watching ? ref _watching : ref _stored), 1);
        _wanted.Writer.TryWrite(true);
    }

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (await _wanted.Reader.WaitToReadAsync(cancellationToken))
        {
            _wanted.Reader.TryRead(out _);
            await RingAsync(LogRing.Stored, Interlocked.Exchange(ref _stored, 0), cancellationToken);
            await RingAsync(LogRing.Watching, Interlocked.Exchange(ref _watching, 0), cancellationToken);
            await Task.Delay(Pause, time, cancellationToken);
        }
    }

    private ValueTask RingAsync(LogRing ring, int wanted, CancellationToken cancellationToken) =>
        wanted == 1 ? shared.RingAsync(ring, cancellationToken) : ValueTask.CompletedTask;
}
