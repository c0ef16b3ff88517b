using Holdfast.Lifecycle;
using Holdfast.Pipeline;
using Holdfast.Spool;

namespace Holdfast;

/// <summary>Waits for the requests that were accepted before the drain began.</summary>
internal sealed class InFlightDrain(LifecycleState lifecycle) : IShutdownParticipant
{
    public string Name => "in-flight requests";

    public ShutdownPhase Phase => ShutdownPhase.DrainInFlight;

    public async ValueTask ShutdownAsync(ShutdownReport report, CancellationToken cancellationToken) => await lifecycle.WhenIdleAsync(cancellationToken);
}

/// <summary>
/// Counts what stays in the spool. It is durable already, or, in mode memory, written when the spool is closed: none of it is dropped.
/// </summary>
internal sealed class SpoolKeep(ISpool spool) : IShutdownParticipant
{
    public string Name => "spool";

    public ShutdownPhase Phase => ShutdownPhase.Persist;

    public ValueTask ShutdownAsync(ShutdownReport report, CancellationToken cancellationToken)
    {
        report.Add(spooled: spool.Snapshot().Rows);
        return ValueTask.CompletedTask;
    }
}

/// <summary>Closes the files and connections, the store before the spool.</summary>
internal sealed class PoolsClose(ISpool spool, ITelemetryStore store) : IShutdownParticipant
{
    public string Name => "files";

    public ShutdownPhase Phase => ShutdownPhase.ClosePools;

    public async ValueTask ShutdownAsync(ShutdownReport report, CancellationToken cancellationToken)
    {
        await store.DisposeAsync();
        await spool.DisposeAsync();
    }
}
