using Holdfast.Lifecycle;
using Holdfast.Pipeline;
using Microsoft.Extensions.Logging;

namespace Holdfast.Retries;

/// <summary>First part of leaving: nothing more is begun, what was not begun goes back, what is under way may end.</summary>
internal sealed class RetryDrain(RetryFetcher fetcher, RetryCrew crew) : IShutdownParticipant
{
    public string Name => "retries";

    public ShutdownPhase Phase => ShutdownPhase.DrainInFlight;

    public TimeSpan Share => TimeSpan.FromSeconds(10);

    public async ValueTask ShutdownAsync(ShutdownReport report, CancellationToken cancellationToken)
    {
        await fetcher.StopAsync();
        await crew.GiveBackAsync();
        await crew.WhenIdleAsync(cancellationToken);
    }
}

/// <summary>Second part: what does not end by itself is cancelled, and whatever is still held goes back without an attempt counted.</summary>
internal sealed class RetryFarewell(RetryFetcher fetcher, RetryExecutor executor, RetryCrew crew, RetryLease lease, ILogger logger) : IShutdownParticipant
{
    // Of its share; the rest is for the store.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    public string Name => "retry leases";

    public ShutdownPhase Phase => ShutdownPhase.StopWorkers;

    public async ValueTask ShutdownAsync(ShutdownReport report, CancellationToken cancellationToken)
    {
        await fetcher.StopAsync();
        crew.Forget(); // the lease gives them back
        await executor.StopAsync();
        await crew.IsIdleWithinAsync(Patience, cancellationToken);
        try
        {
            await lease.LeaveAsync(cancellationToken);
        }
        catch (StoreUnavailableException unavailable)
        {
            logger.LeaseNotLeft(unavailable.Code);
        }
    }
}
