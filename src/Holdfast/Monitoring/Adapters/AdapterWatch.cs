using Holdfast.Lifecycle;
using Holdfast.Pipeline;
using Microsoft.Extensions.Logging;
using Polly.CircuitBreaker;

namespace Holdfast.Monitoring.Adapters;

/// <summary>
/// Connects the adapters, and looks once a second how they do: asks an open breaker again, tells when pages had better use another adapter, and opens the breaker
/// of a second adapter that carries something else than it should.
/// </summary>
internal sealed class AdapterWatch(AdapterSwitch adapters, TimeProvider time, ILogger<AdapterWatch> logger) : ILoop
{
    /// <summary>How long a second adapter rests that did not carry what it should.</summary>
    public static readonly TimeSpan Rest = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    private string _effective = adapters.Effective.Name;

    public string Name => "adapters";

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        foreach (var path in adapters.Paths)
        {
            await path.ConnectAsync(cancellationToken);
        }

        using var timer = new PeriodicTimer(Period, time);
        do
        {
            Look();
        }
        while (await timer.WaitForNextTickAsync(cancellationToken));
    }

    /// <summary>More differs than may. Only the second adapter is closed for it: the first is all there is.</summary>
    public void OnMismatch(MismatchAlert alert)
    {
        var category = EventCategories.Name(alert.Category);
        logger.Mismatching(alert.Percent, alert.Compared, category, alert.Adapter, alert.PercentMax);
        var trips = adapters.Options.MismatchTripsBreaker && adapters.Secondary is { } second && second.Name == alert.Adapter && second.Breaker.State == CircuitState.Closed;
        if (trips)
        {
            adapters.Secondary!.Breaker.Trip(Rest, SystemEvents.Source, $"{alert.Percent:F1} % of the {category} events that were compared differ.");
        }

        adapters.Observer.OnMismatch(alert, trips);
    }

    private void Look()
    {
        foreach (var path in adapters.Paths)
        {
            path.Probe();
        }

        var now = adapters.Effective;
        if (now.Name == _effective)
        {
            return;
        }

        var reason = adapters.FaultOf(adapters.Primary);
        logger.EffectiveChanged(_effective, now.Name, reason ?? "It is the first adapter and works.");
        adapters.Observer.OnEffectiveChanged(_effective, now.Name, reason);
        _effective = now.Name;
    }
}
