using System.Diagnostics.Metrics;
using Holdfast.Pipeline;

namespace Holdfast.Monitoring.Adapters;

/// <summary>Broadcasts as metrics: what became of them, by adapter, and what differs between two.</summary>
internal sealed class BroadcastMetrics : IDisposable
{
    public const string MeterName = "Holdfast.Broadcast";

    private readonly Meter _meter;

    /// <param name="scope">Whose metrics they are, where there are several nodes in one process.</param>
    /// <param name="adapters">What is measured.</param>
    /// <param name="book">What was compared.</param>
    public BroadcastMetrics(object scope, AdapterSwitch adapters, MismatchBook book)
    {
        _meter = new Meter(new MeterOptions(MeterName) { Scope = scope });
        _meter.CreateObservableCounter("holdfast.broadcast.acknowledged", () => adapters.Counters.Total, "{broadcast}", "Broadcasts of events that somebody has, in any way.");
        _meter.CreateObservableCounter("holdfast.broadcast.failed", () => adapters.Counters.Failed, "{broadcast}", "Broadcasts of events that the adapter, or both in dual mode, did not take; watchers catch up from the log.");
        _meter.CreateObservableGauge("holdfast.broadcast.mode", () => Modes(adapters.Plan), description: "1 for the mode in effect, 0 for the others.");
        AddAdapters(adapters);
        AddComparison(book);
    }

    public void Dispose() => _meter.Dispose();

    private void AddAdapters(AdapterSwitch adapters)
    {
        _meter.CreateObservableCounter("holdfast.adapter.broadcasts", () => Each(path => path.Counters.Broadcasts), "{broadcast}", "Broadcasts of events that were acknowledged; none where nobody watches.");
        _meter.CreateObservableCounter("holdfast.adapter.events", () => Each(path => path.Counters.Events), "{event}", "Events in broadcasts that were acknowledged.");
        _meter.CreateObservableCounter("holdfast.adapter.failures", () => Each(path => path.Counters.Failures), "{broadcast}", "Broadcasts of events that the adapter did not take.");
        _meter.CreateObservableGauge("holdfast.adapter.healthy", () => Each(path => adapters.IsHealthy(path) ? 1 : 0), description: "1 while an adapter is healthy, else 0.");
        _meter.CreateObservableGauge("holdfast.adapter.effective", () => Each(path => path == adapters.Effective ? 1 : 0), description: "1 for the adapter that pages had better use, 0 for the others.");

        IEnumerable<Measurement<long>> Each(Func<AdapterPath, long> value) =>
            adapters.Paths.Select(path => new Measurement<long>(value(path), new KeyValuePair<string, object?>("adapter", path.Name)));
    }

    private void AddComparison(MismatchBook book)
    {
        _meter.CreateObservableCounter("holdfast.mismatch.compared", () => Each(count => count.Compared), "{event}", "Events in dual mode whose checksums were compared.");
        _meter.CreateObservableCounter("holdfast.mismatch.found", () => Each(count => count.Mismatched), "{event}", "Events that an adapter did not carry as they were recorded.");
        _meter.CreateObservableCounter("holdfast.mismatch.unmeasured", () => book.Snapshot().Unmeasured, "{event}", "Events that were not compared, because too many waited for it.");

        IEnumerable<Measurement<long>> Each(Func<MismatchCount, long> value) => book.Snapshot().Counts.Select(
            count => new Measurement<long>(value(count), new("adapter", count.Adapter), new("category", EventCategories.Name(count.Category))));
    }

    private static IEnumerable<Measurement<int>> Modes(BroadcastPlan plan) =>
        Enum.GetValues<BroadcastMode>().Select(mode => new Measurement<int>(mode == plan.Mode ? 1 : 0, new KeyValuePair<string, object?>("mode", BroadcastPlan.NameOf(mode))));
}
