using System.Diagnostics.Metrics;

namespace Holdfast.Pipeline;

/// <summary>The ledger as metrics: the last sample, which is taken every 10 seconds and whenever somebody asks for one.</summary>
internal sealed class LedgerMetrics : IDisposable
{
    public const string MeterName = "Holdfast.Ledger";

    private readonly Meter _meter;

    /// <param name="scope">Whose metrics they are, where there are several nodes in one process.</param>
    public LedgerMetrics(object scope, Func<LedgerSnapshot> ledger)
    {
        _meter = new Meter(new MeterOptions(MeterName) { Scope = scope });
        _meter.CreateObservableGauge(
            "holdfast.ledger.rows",
            () => Terms("event", ledger().Events).Concat(Terms("sample", ledger().Samples)),
            "{row}",
            "Terms of the ledger: received is the sum of the others.");
        _meter.CreateObservableGauge(
            "holdfast.ledger.error_rows",
            () => Errors(ledger()),
            "{row}",
            "Rows that the terms of the ledger do not explain; anything but 0 is a fault. Absent while the store cannot be asked.");
        _meter.CreateObservableGauge("holdfast.ledger.sampled_timestamp", () => ledger().SampledAt.ToUnixTimeMilliseconds() / 1000.0, "s", "When the ledger was sampled, in seconds since 1970.");
        _meter.CreateObservableGauge("holdfast.ledger.store_current", () => ledger().StoreCurrent ? 1 : 0, null, "1 when the store was asked for this sample, 0 when its terms are the last known ones.");
    }

    public void Dispose() => _meter.Dispose();

    // With terms of different moments the difference is no error, and an alert on it would be a false one.
    private static IEnumerable<Measurement<long>> Errors(LedgerSnapshot ledger) =>
        ledger.StoreCurrent ? [Of("event", ledger.Events.Error), Of("sample", ledger.Samples.Error)] : [];

    private static IEnumerable<Measurement<long>> Terms(string kind, LedgerTerms terms) =>
    [
        Term(kind, "received", terms.Received),
        Term(kind, "stored", terms.Stored),
        Term(kind, "dead_lettered", terms.DeadLettered),
        Term(kind, "parked", terms.Parked),
        Term(kind, "spooled", terms.Spooled),
        Term(kind, "duplicates", terms.Duplicates),
        Term(kind, "discarded", terms.Discarded),
        Term(kind, "lost", terms.Lost),
    ];

    private static Measurement<long> Term(string kind, string term, long rows) => new(rows, new("kind", kind), new("term", term));

    private static Measurement<long> Of(string kind, long rows) => new(rows, new KeyValuePair<string, object?>("kind", kind));
}
