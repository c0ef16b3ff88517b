using Holdfast.Lifecycle;
using Microsoft.Extensions.Logging;

namespace Holdfast.Health;

/// <summary>
/// Runs each check in its own time and tells the board what it found. Checks do not wait for each other, so one that hangs keeps none from being
/// run; and nobody who asks how the server does makes one run.
/// </summary>
internal sealed class HealthScheduler(HealthBoard board, Func<HealthOptions> options, TimeProvider time, Func<double> random, ILogger<HealthScheduler> logger) : ILoop
{
    private readonly Dictionary<string, CheckRunner> _runners = board.Plans.ToDictionary(plan => plan.Name, plan => new CheckRunner(plan, time, logger), StringComparer.Ordinal);

    public string Name => "health checks";

    /// <summary>Told of each run: the check, and what it found.</summary>
    public Action<CheckPlan, CheckObservation> Ran { get; init; } = (_, _) => { };

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            await Task.WhenAll(_runners.Values.Select(runner => KeepCheckingAsync(runner, cancellationToken)));
        }
        finally
        {
            await Task.WhenAll(_runners.Values.Select(runner => runner.StopAsync()));
        }
    }

    /// <summary>Runs a check now, whatever its period. Null: there is none of this name, or it is left out.</summary>
    public async Task<CheckObservation?> RunNowAsync(string name, CancellationToken cancellationToken) =>
        _runners.TryGetValue(name, out var runner) && options().Of(runner.Plan).Enabled ? await CheckAsync(runner, cancellationToken) : null;

    private async Task KeepCheckingAsync(CheckRunner runner, CancellationToken cancellationToken)
    {
        await Task.Delay(HealthSchedule.First(PeriodOf(runner.Plan), runner.Plan.Needs is not null, random()), time, cancellationToken);
        while (true)
        {
            await LookAsync(runner, cancellationToken);
            await Task.Delay(HealthSchedule.Next(PeriodOf(runner.Plan), random()), time, cancellationToken);
        }
    }

    private async Task LookAsync(CheckRunner runner, CancellationToken cancellationToken)
    {
        var plan = runner.Plan;
        if (!options().Of(plan).Enabled)
        {
            board.Disable(plan.Name);
        }
        else if (plan.Needs is { } needed && board.Find(needed) is { State: HealthState.Fail })
        {
            board.Suppress(plan.Name, $"It is not run while {needed} fails.");
        }
        else
        {
            await CheckAsync(runner, cancellationToken);
        }
    }

    private async Task<CheckObservation> CheckAsync(CheckRunner runner, CancellationToken cancellationToken)
    {
        var found = await runner.RunAsync(options().Of(runner.Plan).Timeout ?? runner.Plan.Timeout, cancellationToken);
        if (board.Take(runner.Plan.Name, found))
        {
            Ran(runner.Plan, found);
        }

        return found;
    }

    private TimeSpan PeriodOf(CheckPlan plan) => options().Of(plan).Period ?? plan.Period;
}
