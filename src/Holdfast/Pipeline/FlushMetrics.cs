using System.Diagnostics.Metrics;

namespace Holdfast.Pipeline;

/// <summary>What the flusher does and whether the store lets it, as metrics.</summary>
internal sealed class FlushMetrics : IDisposable
{
    public const string MeterName = "Holdfast.Flusher";

    private readonly Meter _meter;
    private readonly Counter<long> _rows;
    private readonly Histogram<double> _duration;

    /// <param name="scope">Whose metrics they are, where there are several nodes in one process.</param>
    /// <param name="store">Kind of the store.</param>
    public FlushMetrics(object scope, StoreState state, string store)
    {
        _meter = new Meter(new MeterOptions(MeterName) { Scope = scope });
        _rows = _meter.CreateCounter<long>("holdfast.flush.rows", "{row}", "Rows that the store settled, by what became of them.");
        _duration = _meter.CreateHistogram<double>("holdfast.flush.duration", "s", "Durations of the flusher's transactions, by outcome.");
        _meter.CreateObservableGauge(
            "holdfast.store.available",
            () => new Measurement<int>(state.Now.Available ? 1 : 0, new KeyValuePair<string, object?>("store", store)),
            null,
            "1 while the store takes data, else 0: then data waits in the spool.");
    }

    public void Succeeded(StoreWriteResult result, TimeSpan duration)
    {
        _duration.Record(duration.TotalSeconds, new KeyValuePair<string, object?>("outcome", "stored"));
        Add("stored", result.EventsStored + result.SamplesStored);
        Add("duplicate", result.Duplicates);
        Add("dead_lettered", result.DeadLettered);
        Add("parked", result.Parked);
    }

    public void FailedAfter(TimeSpan duration) => _duration.Record(duration.TotalSeconds, new KeyValuePair<string, object?>("outcome", "failed"));

    public void Dispose() => _meter.Dispose();

    private void Add(string outcome, long rows) => _rows.Add(rows, new KeyValuePair<string, object?>("outcome", outcome));
}
