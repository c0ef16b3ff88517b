using Holdfast.Lifecycle;
using Holdfast.Retries;
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
internal sealed class SpoolKeep(ISpool spool, RetrySpool retries) : IShutdownParticipant
{
    public string Name => "spool";

    public ShutdownPhase Phase => ShutdownPhase.Persist;

    public ValueTask ShutdownAsync(ShutdownReport report, CancellationToken cancellationToken)
    {
        report.Add(spooled: spool.Snapshot().Rows + retries.Rows);
        return ValueTask.CompletedTask;
    }
}

/// <summary>Closes the files and connections, one after the other: the stores before the spools.</summary>
internal sealed class PoolsClose(IReadOnlyList<IAsyncDisposable> parts) : IShutdownParticipant
{
    public string Name => "files";

    public ShutdownPhase Phase => ShutdownPhase.ClosePools;

    public async ValueTask ShutdownAsync(ShutdownReport report, CancellationToken cancellationToken)
    {
        foreach (var part in parts)
        {
            await part.DisposeAsync();
        }
    }
}
