using System.Diagnostics.Metrics;

namespace Holdfast.Monitoring;

/// <summary>Live delivery as metrics, by adapter.</summary>
internal sealed class LiveMetrics : IDisposable
{
    public const string MeterName = "Holdfast.Live";

    private readonly Meter _meter;

    /// <param name="scope">Whose metrics they are, where there are several nodes in one process.</param>
    public LiveMetrics(object scope, IReadOnlyList<IMonitoringAdapter> adapters)
    {
        _meter = new Meter(new MeterOptions(MeterName) { Scope = scope });
        _meter.CreateObservableGauge("holdfast.live.connections", () => Each(adapter => adapter.ConnectionCount), "{connection}", "Watchers that are connected.");
        _meter.CreateObservableCounter("holdfast.live.frames", () => Each(adapter => adapter.Metrics.Delivered), "{frame}", "Frames that were handed to a connection.");
        _meter.CreateObservableCounter("holdfast.live.dropped_events", () => Each(adapter => adapter.Metrics.Dropped), "{event}", "Events dropped for watchers that were too slow; each was told as a gap.");
        _meter.CreateObservableCounter("holdfast.live.closed", () => Each(adapter => adapter.Metrics.Closed), "{connection}", "Connections closed because the watcher did not read what must be delivered.");

        IEnumerable<Measurement<long>> Each(Func<IMonitoringAdapter, long> value) =>
            adapters.Select(adapter => new Measurement<long>(value(adapter), new KeyValuePair<string, object?>("adapter", adapter.Name)));
    }

    public void Dispose() => _meter.Dispose();
}
