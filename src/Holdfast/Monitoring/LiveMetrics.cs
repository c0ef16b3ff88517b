using System.Diagnostics.Metrics;

namespace Holdfast.Monitoring;

/// <summary>Live delivery as metrics, by adapter.</summary>
internal sealed class LiveMetrics : IDisposable
{
    public const string MeterName = "Holdfast.Live";

    private readonly Meter _meter;

    /// <param name="scope">Whose metrics they are, where there are several nodes in one process.</param>
    /// <param name="adapters">The ways of delivery.</param>
    /// <param name="follower">Null where there can be no other nodes.</param>
    public LiveMetrics(object scope, IReadOnlyList<IMonitoringAdapter> adapters, EventFollower? follower)
    {
        _meter = new Meter(new MeterOptions(MeterName) { Scope = scope });
        _meter.CreateObservableGauge("holdfast.live.connections", () => Each(adapter => adapter.ConnectionCount), "{connection}", "Watchers that are connected.");
        _meter.CreateObservableCounter("holdfast.live.frames", () => Each(adapter => adapter.Metrics.Delivered), "{frame}", "Frames that were handed to a connection.");
        _meter.CreateObservableCounter("holdfast.live.dropped_events", () => Each(adapter => adapter.Metrics.Dropped), "{event}", "Events, and messages of channels, dropped for watchers that were too slow; each was told.");
        _meter.CreateObservableCounter("holdfast.live.closed", () => Each(adapter => adapter.Metrics.Closed), "{connection}", "Connections closed because the watcher did not read what must be delivered.");
        _meter.CreateObservableGauge("holdfast.live.waiting_bytes", () => Each(adapter => adapter.Metrics.WaitingBytes), "By", "What waits for connections that have not taken it yet.");
        _meter.CreateObservableGauge("holdfast.live.slow_connections", () => Each(adapter => adapter.Metrics.Slow), "{connection}", "Watchers for whom more than half of what may wait is waiting: the oldest events are dropped next.");

        _meter.CreateObservableGauge("holdfast.live.followed_epochs", () => follower?.Epochs ?? 0, "{epoch}", "Epochs of other nodes whose events are told here.");
        _meter.CreateObservableCounter("holdfast.live.followed_events", () => follower?.Told ?? 0, "{event}", "Events of other nodes that were told here.");
        _meter.CreateObservableGauge("holdfast.live.followed_behind", () => follower?.Behind ?? 0, "{event}", "Events of other nodes that are stored and were not told here yet, at the last look.");

        IEnumerable<Measurement<long>> Each(Func<IMonitoringAdapter, long> value) =>
            adapters.Select(adapter => new Measurement<long>(value(adapter), new KeyValuePair<string, object?>("adapter", adapter.Name)));
    }

    public void Dispose() => _meter.Dispose();
}
