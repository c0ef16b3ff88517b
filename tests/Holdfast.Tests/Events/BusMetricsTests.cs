using System.Diagnostics.Metrics;
using Holdfast.Events;
using Holdfast.Testing;
using Holdfast.Tests.Support;

namespace Holdfast.Tests.Events;

public sealed class BusMetricsTests : IAsyncDisposable
{
    private readonly ManualTimeProvider _time = new(Some.Instant);
    private readonly List<string> _measured = [];
    private readonly MeterListener _listener = new();
    private readonly EventBus _bus;

    public BusMetricsTests()
    {
        _bus = new EventBus(new EventBusOptions { QueueCapacity = 1 }, _time);
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (ReferenceEquals(instrument.Meter.Scope, _bus))
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Note(instrument, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Note(instrument, value, tags));
        _listener.Start();
        _bus.Start();
    }

    public ValueTask DisposeAsync()
    {
        _listener.Dispose();
        return _bus.DisposeAsync();
    }

    [Fact]
    public async Task What_is_handled_dropped_and_waits_is_measured()
    {
        var heard = new Heard();
        heard.Hold();
        using var shop = _bus.Join("shop");
        shop.Subscribe("order.*", heard.HandleAsync);
        _bus.Publish("order.placed");
        await heard.BegunAsync();
        _bus.Publish("order.placed");
        _bus.Publish("order.paid");

        _listener.RecordObservableInstruments();
        _time.Advance(TimeSpan.FromSeconds(2));
        heard.Release();
        await shop.WhenIdleAsync(TestContext.Current.CancellationToken);
        _listener.RecordObservableInstruments();

        _measured.ShouldContain("holdfast.bus.queue.depth 1 shop");
        _measured.ShouldContain("holdfast.bus.queue.capacity 1 shop");
        _measured.ShouldContain("holdfast.bus.dropped 1 order.paid");
        _measured.ShouldContain("holdfast.bus.processed 2 shop");
        _measured.ShouldContain("holdfast.bus.handler.duration 2 order.placed");
    }

    [Fact]
    public async Task Requests_are_measured_by_target_and_outcome()
    {
        using var sql = _bus.Join("sql");
        sql.Respond("sql.query", (_, _) => new ValueTask<object?>("rows"));

        await _bus.RequestAsync("sql", "sql.query");
        await Should.ThrowAsync<NoHandlerException>(_bus.RequestAsync("sql", "sql.exec"));

        _measured.ShouldContain("holdfast.bus.requests 1 sql answered");
        _measured.ShouldContain("holdfast.bus.requests 1 sql no_handler");
        _measured.ShouldContain("holdfast.bus.request.duration 0 sql");
    }

    [Fact]
    public void However_many_names_there_are_a_bounded_number_is_counted_apart()
    {
        var names = new BoundedNames(2);

        string[] counted = [names.Of("a"), names.Of("b"), names.Of("c"), names.Of("a")];

        counted.ShouldBe(["a", "b", BoundedNames.Other, "a"]);
    }

    private void Note<T>(Instrument instrument, T value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var labels = string.Join(' ', tags.ToArray().Select(tag => tag.Value));
        lock (_measured)
        {
            _measured.Add($"{instrument.Name} {value} {labels}");
        }
    }
}
