using Holdfast.Health;

namespace Holdfast.BuiltIn.Repairs;

/// <summary>Gives up all connections to the database: those of a pool may be dead and not know it, and are handed out one after the other until each was tried.</summary>
/// <param name="drop">Null: there are none.</param>
internal sealed class ReconnectPool(Action? drop) : IRecoveryAction
{
    public const string ActionName = "reconnect_pool";

    public string Name => ActionName;

    public ValueTask<RecoveryResult> ExecuteAsync(RecoveryCall call, CancellationToken cancellationToken)
    {
        drop?.Invoke();
        return ValueTask.FromResult(drop is null
            ? new RecoveryResult("The embedded store has no connections to give up.", Acted: false)
            : new RecoveryResult("The connections to the database were given up; new ones are made."));
    }
}
