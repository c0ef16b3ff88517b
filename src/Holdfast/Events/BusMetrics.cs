using System.Diagnostics.Metrics;

namespace Holdfast.Events;

/// <summary>What the bus does, as metrics.</summary>
internal sealed class BusMetrics : IDisposable
{
    public const string MeterName = "Holdfast.Events";

    private const int TypesMax = 1_000;

    private readonly BoundedNames _types = new(TypesMax);
    private readonly BoundedNames _targets = new(TypesMax);
    private readonly TimeProvider _time;
    private readonly Meter _meter;
    private readonly Counter<long> _dropped;
    private readonly Counter<long> _failures;
    private readonly Counter<long> _requests;
    private readonly Histogram<double> _handling;
    private readonly Histogram<double> _requesting;

    /// <param name="scope">Whose metrics they are, where there are several nodes in one process.</param>
    public BusMetrics(object scope, EventBus bus, TimeProvider time)
    {
        _time = time;
        _meter = new Meter(new MeterOptions(MeterName) { Scope = scope });
        _dropped = _meter.CreateCounter<long>("holdfast.bus.dropped", "{event}", "Deliveries that were not made, by type of event.");
        _failures = _meter.CreateCounter<long>("holdfast.bus.handler.failures", "{event}", "Events at which a handler threw, by subscriber.");
        _requests = _meter.CreateCounter<long>("holdfast.bus.requests", "{request}", "Requests that ended, by target and outcome.");
        _handling = _meter.CreateHistogram<double>("holdfast.bus.handler.duration", "s", "Durations of handlers, by type of event.");
        _requesting = _meter.CreateHistogram<double>("holdfast.bus.request.duration", "s", "Durations of requests, waiting included, by target.");
        _meter.CreateObservableCounter("holdfast.bus.processed", () => Processed(bus), "{event}", "Deliveries that were handled, by subscriber.");
        _meter.CreateObservableGauge("holdfast.bus.queue.depth", () => BySubscriber(bus, one => one.Mailbox.Depth), "{event}", "Events that wait, by subscriber.");
        _meter.CreateObservableGauge("holdfast.bus.queue.capacity", () => BySubscriber(bus, one => one.Mailbox.Capacity), "{event}", "Events that may wait, by subscriber.");
    }

    /// <summary>The instant from which a duration is measured; null when nobody wants to know, because asking for the time costs a third of a delivery.</summary>
    public long? Begin() => _handling.Enabled ? _time.GetTimestamp() : null;

    public void Handled(string type, long? began)
    {
        if (began is { } since)
        {
            _handling.Record(_time.GetElapsedTime(since).TotalSeconds, new KeyValuePair<string, object?>("event_type", _types.Of(type)));
        }
    }

    public void Dropped(string type, int deliveries) => _dropped.Add(deliveries, new KeyValuePair<string, object?>("event_type", _types.Of(type)));

    public void Failed(string subscriber) => _failures.Add(1, new KeyValuePair<string, object?>("subscriber", subscriber));

    public void Requested(string target, string outcome, TimeSpan took)
    {
        // Whoever asks may ask for anything, so targets are as bounded as types are.
        var known = _targets.Of(target);
        _requests.Add(1, new("target", known), new("outcome", outcome));
        _requesting.Record(took.TotalSeconds, new KeyValuePair<string, object?>("target", known));
    }

    public void Dispose() => _meter.Dispose();

    private static IEnumerable<Measurement<long>> Processed(EventBus bus) =>
        bus.Endpoints.Select(endpoint => Of(endpoint.Name, endpoint.EventsHandled)).Append(Of("", bus.Handled.Value));

    private static IEnumerable<Measurement<long>> BySubscriber(EventBus bus, Func<Subscription, long> value) =>
        bus.Subscriptions.GroupBy(one => one.Name, value, StringComparer.Ordinal).Select(same => Of(same.Key, same.Sum()));

    private static Measurement<long> Of(string subscriber, long value) => new(value, new KeyValuePair<string, object?>("subscriber", subscriber));
}
