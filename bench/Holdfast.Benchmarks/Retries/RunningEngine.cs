using Holdfast.Lifecycle;
using Holdfast.Retries;
using Microsoft.Extensions.Logging.Abstractions;

namespace Holdfast.Benchmarks.Retries;

/// <summary>An engine whose loops run, without the limit on attempts at one target.</summary>
internal sealed class RunningEngine : IAsyncDisposable
{
    private readonly RetryEngine _engine;
    private readonly LoopHost _loops;

    public RunningEngine(IRetryStore store, IRetryDoorbell? doorbell, NoOpHandler handler, int workers)
    {
        var options = new RetryQueueOptions { WorkerCount = workers, BatchSize = 500, DestinationAttemptsPerSecond = 0 };
        var environment = new RetryEnvironment("bench", () => options, TimeProvider.System, () => 0.5, NullLogger.Instance);
        var spool = new RetrySpool(_ => throw new InvalidOperationException("The database went away while it was measured."), isThere: false);
        _engine = new RetryEngine(store, [handler], environment, doorbell, spool, this);
        _loops = new LoopHost(_engine.Loops, TimeProvider.System, NullLogger<LoopHost>.Instance);
        _loops.Start();
    }

    public IRetryQueue Queue => _engine.Queue;

    public async ValueTask DisposeAsync()
    {
        foreach (var participant in _engine.Participants)
        {
            await participant.ShutdownAsync(new ShutdownReport(), CancellationToken.None);
        }

        await _loops.DisposeAsync();
        _engine.Dispose();
    }
}
