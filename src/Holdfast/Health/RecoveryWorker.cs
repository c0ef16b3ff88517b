using Holdfast.Lifecycle;

namespace Holdfast.Health;

/// <summary>Looks once a second whether a rule has something to do.</summary>
internal sealed class RecoveryWorker(RecoveryDesk desk, Func<HealthOptions> options, TimeProvider time) : ILoop
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    public string Name => "recovery";

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Period, time);
        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            if (options().RecoveryEnabled)
            {
                await LookAsync(cancellationToken);
            }
        }
    }

    /// <summary>Has every rule act that is to.</summary>
    public async Task LookAsync(CancellationToken cancellationToken)
    {
        foreach (var status in desk.Statuses().Where(status => status.RestsUntil is null))
        {
            // Asked one by one: what the rule before did may have been all that was wanted.
            if (desk.Applies(status.Rule))
            {
                await desk.RunAsync(status.Rule, by: null, cancellationToken);
            }
        }
    }
}
