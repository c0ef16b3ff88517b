using System.Diagnostics.Metrics;

namespace Holdfast.Realtime;

/// <summary>The Realtime protocol as metrics; frames and connections are those of its adapter.</summary>
internal sealed class RealtimeMetrics : IDisposable
{
    public const string MeterName = "Holdfast.Realtime";

    private readonly Meter _meter;

    /// <param name="scope">Whose metrics they are, where there are several nodes in one process.</param>
    public RealtimeMetrics(object scope, RealtimeServer server)
    {
        _meter = new Meter(new MeterOptions(MeterName) { Scope = scope });
        _meter.CreateObservableGauge("holdfast.realtime.channels", () => server.Hub.Channels, "{channel}", "Channels that are joined.");
        _meter.CreateObservableGauge("holdfast.realtime.bindings", () => server.Changes.Bindings, "{binding}", "Tables that channels listen to, each with its filter.");
        _meter.CreateObservableCounter("holdfast.realtime.messages", () => server.Hub.Messages, "{message}", "Messages of clients that were handed on to those who listen.");
        _meter.CreateObservableCounter("holdfast.realtime.malformed", () => server.Malformed, "{frame}", "Frames of clients that could not be read and were passed over.");
        _meter.CreateObservableCounter("holdfast.realtime.joins", () => ObserveJoins(server), "{join}", "Joins of channels, by whether they were let in.");
    }

    public void Dispose() => _meter.Dispose();

    private static IEnumerable<Measurement<long>> ObserveJoins(RealtimeServer server) =>
    [
        new(server.Joins, new KeyValuePair<string, object?>("result", "joined")),
        new(server.Refused, new KeyValuePair<string, object?>("result", "refused")),
    ];
}
