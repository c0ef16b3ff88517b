using Holdfast.Lifecycle;
using Holdfast.Pipeline;

namespace Holdfast.Retries;

/// <summary>Deletes what is past its keep time and has running sums folded, and more often reads them, for the metrics and for what nobody executes.</summary>
internal sealed class RetryMaintenance(IRetryStore store, RetryMetrics metrics, UnhandledTypes unhandled, RetryEnvironment environment) : ILoop
{
    // How old the figures may be.
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(10);

    // Of the periods, the one in which there is upkeep: what is past its keep time can wait a minute, and each look at it is a statement.
    private const int UpkeepEvery = 6;

    // Others want the database too.
    private static readonly TimeSpan Breath = TimeSpan.FromMilliseconds(50);

    public string Name => "retry maintenance";

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Period, environment.Time);
        var passes = 0;
        do
        {
            try
            {
                if (passes % UpkeepEvery == 0)
                {
                    await UpkeepAsync(cancellationToken);
                }

                await CountAsync(cancellationToken);
                passes++;
            }
            catch (StoreUnavailableException unavailable)
            {
                environment.Logger.MaintenanceUnavailable(unavailable.Code);
            }
        }
        while (await timer.WaitForNextTickAsync(cancellationToken));
    }

    private async Task CountAsync(CancellationToken cancellationToken)
    {
        var counts = await store.CountAsync(cancellationToken);
        metrics.Counts = counts;
        unhandled.Find(counts);
    }

    private async Task UpkeepAsync(CancellationToken cancellationToken)
    {
        var options = environment.Options();
        while (await store.MaintainAsync(options.KeepHistory, options.KeepDeadLetters, cancellationToken))
        {
            await Task.Delay(Breath, environment.Time, cancellationToken);
        }
    }
}
