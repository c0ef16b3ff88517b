using System.Diagnostics.Metrics;

namespace Holdfast.Components;

/// <summary>How components are, as metrics.</summary>
internal sealed class ComponentMetrics : IDisposable
{
    public const string MeterName = "Holdfast.Components";

    private readonly Meter _meter;

    /// <param name="scope">Whose metrics they are, where there are several nodes in one process.</param>
    /// <param name="statuses">As they are now.</param>
    public ComponentMetrics(object scope, Func<IReadOnlyList<ComponentStatus>> statuses)
    {
        _meter = new Meter(new MeterOptions(MeterName) { Scope = scope });
        _meter.CreateObservableGauge(
            "holdfast.component.ready", () => statuses().Select(one => Of(one, one.State == ComponentState.Ready ? 1 : 0)), null, "1 while a component serves with everything it should have, else 0.");
        _meter.CreateObservableGauge(
            "holdfast.component.degraded", () => statuses().Select(one => Of(one, one.State == ComponentState.Degraded ? 1 : 0)), null, "1 while a component runs with less than it should have, else 0.");
        _meter.CreateObservableCounter(
            "holdfast.component.retries", () => statuses().Select(one => Of(one, one.Retries)), "{start}", "How often a component was started again after it had failed.");
    }

    public void Dispose() => _meter.Dispose();

    private static Measurement<long> Of(ComponentStatus one, long value) => new(value, new KeyValuePair<string, object?>("component", one.Name));
}
