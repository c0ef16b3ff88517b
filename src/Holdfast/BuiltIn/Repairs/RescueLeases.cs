using Holdfast.Health;
using Holdfast.Retries;

namespace Holdfast.BuiltIn.Repairs;

/// <summary>Takes retries back from worker processes whose lease has ended, as the rescue of every process does.</summary>
/// <param name="store">The queue.</param>
/// <param name="wake">There is something to do for workers.</param>
internal sealed class RescueLeases(IRetryStore store, Action wake) : IRecoveryAction
{
    private const int StepItems = 500;

    // Ten thousand: what is left then is found by the next look.
    private const int StepsMax = 20;

    public string Name => "rescue_leases";

    public async ValueTask<RecoveryResult> ExecuteAsync(RecoveryCall call, CancellationToken cancellationToken)
    {
        var (rescued, deadLettered, more) = (0L, 0L, true);
        for (var steps = 0; more && steps < StepsMax; steps++)
        {
            var step = await store.RescueAsync(StepItems, cancellationToken);
            (rescued, deadLettered, more) = (rescued + step.Rescued, deadLettered + step.DeadLettered, step.More);
        }

        wake();
        return new RecoveryResult($"{rescued} retries were taken back from processes that are gone, {deadLettered} became dead letters.", Acted: rescued + deadLettered > 0);
    }
}
