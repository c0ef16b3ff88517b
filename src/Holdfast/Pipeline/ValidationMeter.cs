using System.Diagnostics.Metrics;

namespace Holdfast.Pipeline;

/// <summary>The validation metrics and their way to the store, for those who scrape. Event types are bounded by <see cref="ValidationMetrics.TypesMax"/>.</summary>
internal sealed class ValidationMeter : IDisposable
{
    public const string MeterName = "Holdfast.Validation";

    private readonly Meter _meter;

    /// <param name="scope">Whose metrics they are, where there are several nodes in one process.</param>
    public ValidationMeter(object scope, ValidationMetrics counted, MetricsPersister persister)
    {
        _meter = new Meter(new MeterOptions(MeterName) { Scope = scope });
        _meter.CreateObservableCounter("holdfast.validation.events", () => counted.Rows().SelectMany(Events), "{event}", "Events that were validated, by type and result.");
        Sum("holdfast.validation.errors", "{error}", "Rules that events broke.", type => type.Errors);
        Sum("holdfast.validation.warnings", "{warning}", "Fields of events that nobody knows.", type => type.Warnings);
        Sum("holdfast.validation.duration", "us", "Time that validation took.", type => type.DurationMicroseconds);
        _meter.CreateObservableCounter("holdfast.validation.flushes", () => Flushes(persister.Totals), "{flush}", "Flushes of the validation metrics, by result.");
        _meter.CreateObservableCounter("holdfast.validation.flushed_rows", () => persister.Totals.Rows, "{row}", "Rows of validation metrics that reached the store.");
        _meter.CreateObservableGauge("holdfast.validation.spooled_rows", () => persister.Totals.Last?.Spooled ?? 0, "{row}", "Rows of validation metrics that the last flush left in the spool.");
        _meter.CreateObservableGauge("holdfast.validation.last_flush_duration", () => persister.Totals.Last?.Duration.TotalSeconds ?? 0, "s", "How long the last flush of the validation metrics took.");

        void Sum(string name, string unit, string description, Func<Spool.ValidationCount, long> part) =>
            _meter.CreateObservableCounter(name, () => counted.Rows().Sum(type => part(type.Counts)), unit, description);
    }

    public void Dispose() => _meter.Dispose();

    private static IEnumerable<Measurement<long>> Events(TypeValidation type) =>
    [
        new(type.Counts.Passed, new("event_type", type.Counts.EventType), new("result", "passed")),
        new(type.Counts.Failed, new("event_type", type.Counts.EventType), new("result", "failed")),
    ];

    private static IEnumerable<Measurement<long>> Flushes(PersisterTotals totals) =>
    [
        new(totals.Flushes - totals.Failures, new KeyValuePair<string, object?>("result", "ok")),
        new(totals.Failures, new KeyValuePair<string, object?>("result", "failed")),
    ];
}
