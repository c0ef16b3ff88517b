using Holdfast.Health;

namespace Holdfast.BuiltIn.Repairs;

/// <summary>Gives up all connections to the database: those of a pool may be dead and not know it, and are handed out one after the other until each was tried.</summary>
/// <param name="drop">False: there are none.</param>
internal sealed class ReconnectPool(Func<bool> drop) : IRecoveryAction
{
    public string Name => "reconnect_pool";

    public ValueTask<RecoveryResult> ExecuteAsync(RecoveryCall call, CancellationToken cancellationToken) => ValueTask.FromResult(
        drop()
            ? new RecoveryResult("The connections to the database were given up; new ones are made.")
            : new RecoveryResult("The embedded store has no connections to give up.", Acted: false));
}
