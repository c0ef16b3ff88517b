using System.Diagnostics.Metrics;

namespace Holdfast.Pipeline.DeadLetters;

/// <summary>What happens to dead letters, as metrics: read when they are collected.</summary>
internal sealed class DeadLetterMetrics : IDisposable
{
    public const string MeterName = "Holdfast.DeadLetters";

    private readonly Meter _meter;

    /// <param name="scope">Whose metrics they are, where there are several nodes in one process.</param>
    /// <param name="stored">Rows dead-lettered since the process started.</param>
    public DeadLetterMetrics(object scope, DeadLetterCounters counters, Func<long> stored)
    {
        _meter = new Meter(new MeterOptions(MeterName) { Scope = scope });
        Counter("stored", stored, "{row}", "Rows that the store refused and that became dead letters.");
        Counter("replayed", () => counters.Replayed, "{letter}", "Attempts to store dead letters after all, by workers and by people.");
        Counter("recovered", () => counters.Recovered, "{letter}", "Dead letters that could be stored after all.");
        Counter("failed", () => counters.Failed, "{letter}", "Dead letters that used up their attempts.");
        Counter("discarded", () => counters.Discarded, "{letter}", "Dead letters that people gave up.");
        Counter("purged", () => counters.Purged, "{letter}", "Dead letters deleted: by people, by age and by the limits.");
        _meter.CreateObservableGauge("holdfast.dead_letters.kept", () => Counts(counters.Totals), "{letter}", "Dead letters there are, by state, as last counted.");
        _meter.CreateObservableGauge("holdfast.dead_letters.size", () => counters.Totals.SizeBytes, "By", "Bytes of all dead letters, as last counted.");
    }

    public void Dispose() => _meter.Dispose();

    private void Counter(string name, Func<long> value, string unit, string description) =>
        _meter.CreateObservableCounter($"holdfast.dead_letters.{name}", value, unit, description);

    private static IEnumerable<Measurement<long>> Counts(DeadLetterTotals totals)
    {
        long[] counts = [totals.Pending, totals.Retrying, totals.Recovered, totals.Failed, totals.Discarded];
        return counts.Select((count, status) => new Measurement<long>(count, new KeyValuePair<string, object?>("status", DeadLetterStatuses.Names[status])));
    }
}
