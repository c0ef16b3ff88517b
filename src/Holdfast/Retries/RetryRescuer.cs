using Holdfast.Lifecycle;
using Holdfast.Pipeline;

namespace Holdfast.Retries;

/// <summary>Takes items from processes that disappeared, whatever their type: the rescue needs no handler.</summary>
internal sealed class RetryRescuer(IRetryStore store, RetryBell bell, RetryMetrics metrics, RetryEnvironment environment) : ILoop
{
    // Work goes on within the lease and three seconds.
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(2);

    private const int StepItems = 500;

    public string Name => "retry rescue";

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Period, environment.Time);
        do
        {
            try
            {
                await PassAsync(cancellationToken);
            }
            catch (StoreUnavailableException unavailable)
            {
                environment.Logger.RescueUnavailable(unavailable.Code);
            }
        }
        while (await timer.WaitForNextTickAsync(cancellationToken));
    }

    private async Task PassAsync(CancellationToken cancellationToken)
    {
        for (var more = true; more;)
        {
            var step = await store.RescueAsync(StepItems, cancellationToken);
            more = step.More;
            if (step.Rescued + step.DeadLettered > 0)
            {
                metrics.Rescued(step);
                environment.Logger.Rescued(step.Rescued, step.DeadLettered);
                environment.Observer?.OnRescued(step);
                bell.Ring(TimeSpan.Zero);
            }
        }
    }
}
