using System.Diagnostics.Metrics;

namespace Holdfast.BuiltIn.EventFilter;

/// <summary>What rules do, as metrics.</summary>
internal sealed class EventRuleMetrics : IDisposable
{
    public const string MeterName = "Holdfast.EventRules";

    private readonly Meter _meter;
    private readonly Counter<long> _routed;

    /// <param name="scope">Whose metrics they are, where there are several nodes in one process.</param>
    public EventRuleMetrics(object scope)
    {
        _meter = new Meter(new MeterOptions(MeterName) { Scope = scope });
        _routed = _meter.CreateCounter<long>("holdfast.event_rule.events", "{event}", "Events that a rule took, by rule and outcome.");
    }

    public void Routed(string rule, string outcome) => _routed.Add(1, new("rule", rule), new("outcome", outcome));

    public void Dispose() => _meter.Dispose();
}
