using System.Threading.Channels;
using Holdfast.Lifecycle;

namespace Holdfast.Retries;

/// <summary>
/// Wakes the workers when something comes or will be due: those of this process at once, and through the store's doorbell those of others,
/// the first time at once and then at most once per <see cref="Pause"/>. Nobody who rings waits for the others. Thread-safe.
/// </summary>
internal sealed class RetryBell(RetrySignal signal, IRetryDoorbell? others, RetryEnvironment environment) : ILoop
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    // One wish to ring stands for all that came before it was granted.
    private readonly Channel<bool> _wanted = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });

    public string Name => "retry doorbell";

    /// <summary>Items were committed, of which the first is due in so much time.</summary>
    public void Ring(TimeSpan dueIn)
    {
        signal.Ring(dueIn);

        // What is due later than that, others see when they look by themselves.
        if (others is not null && dueIn < environment.Options().PollInterval)
        {
            _wanted.Writer.TryWrite(true);
        }
    }

    /// <summary>Listens to the other processes, and rings at them.</summary>
    public Task RunAsync(CancellationToken cancellationToken) => others is null
        ? Task.CompletedTask
        : Task.WhenAll(others.ListenAsync(signal.Ring, cancellationToken), RingOthersAsync(others, cancellationToken));

    private async Task RingOthersAsync(IRetryDoorbell others, CancellationToken cancellationToken)
    {
        while (await _wanted.Reader.WaitToReadAsync(cancellationToken))
        {
            _wanted.Reader.TryRead(out _);
            await others.RingAsync(cancellationToken);
            await Task.Delay(Pause, environment.Time, cancellationToken);
        }
    }
}
