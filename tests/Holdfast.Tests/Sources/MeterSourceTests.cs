using System.Diagnostics.Metrics;
using Holdfast.Pipeline;
using Holdfast.Sources;
using Holdfast.Telemetry;
using Holdfast.Tests.Support;

namespace Holdfast.Tests.Sources;

public sealed class MeterSourceTests : IDisposable
{
    // A name of its own: meters of other tests run beside this one in the same process.
    private readonly Meter _meter = new($"Shop.{Guid.NewGuid():N}");
    private readonly RecordingLogger<MeterCollector> _log = new();
    private readonly MeterSource _source;

    public MeterSourceTests() => _source = new MeterSource([MeterSelection.Parse([_meter.Name])], _log);

    public void Dispose()
    {
        _source.Dispose();
        _meter.Dispose();
    }

    [Fact]
    public void A_counter_adds_up_under_its_own_name_unit_and_tags()
    {
        var orders = _meter.CreateCounter<long>("shop.orders", "{order}");
        orders.Add(2, Tag("pay.by", "card"));
        orders.Add(3, Tag("pay.by", "card"));
        Read();
        orders.Add(1, Tag("pay.by", "card"));

        var reading = Read().ShouldHaveSingleItem();

        reading.Instrument.ShouldBe(new Holdfast.Sources.Instrument("shop.orders", "{order}", SeriesKind.Counter));
        reading.Labels.ShouldBe([KeyValuePair.Create("pay.by", "card")]);
        reading.Value.ShouldBe(6);
    }

    [Fact]
    public void Every_kind_of_instrument_is_recorded_as_what_it_is()
    {
        _meter.CreateUpDownCounter<int>("queue").Add(-2);
        _meter.CreateGauge<double>("level").Record(1.5);
        _meter.CreateObservableCounter("total", () => 7L);
        _meter.CreateObservableUpDownCounter("open", () => 3);
        _meter.CreateObservableGauge("temperature", () => 21.5f);

        Read().Select(reading => (reading.Instrument.Name, reading.Instrument.Kind, reading.Value)).ShouldBe(
            [("queue", SeriesKind.Gauge, -2), ("level", SeriesKind.Gauge, 1.5), ("total", SeriesKind.Counter, 7), ("open", SeriesKind.Gauge, 3), ("temperature", SeriesKind.Gauge, 21.5)],
            ignoreOrder: true);
    }

    [Fact]
    public void A_histogram_becomes_what_one_over_OTLP_becomes()
    {
        var duration = _meter.CreateHistogram("duration", "ms", advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [10, 100] });
        duration.Record(5);
        duration.Record(10);
        duration.Record(1_000);

        Read().Select(reading => $"{reading.Instrument.Name} {string.Join(",", reading.Labels)} {reading.Value} {reading.Instrument.Unit}").ShouldBe(
            ["duration.bucket [le, 10] 2 1", "duration.bucket [le, 100] 2 1", "duration.bucket [le, +Inf] 3 1", "duration.sum  1015 ms", "duration.count  3 1"]);
    }

    [Fact]
    public void Tags_without_end_share_one_series()
    {
        var requests = _meter.CreateCounter<int>("requests");
        for (var i = 0; i < 10_000; i++)
        {
            requests.Add(1, Tag("id", i));
        }

        var readings = Read();

        readings.Count.ShouldBe(MetricFamily.SeriesMax + 1);
        readings.Sum(reading => reading.Value).ShouldBe(10_000);
        readings.ShouldContain(reading => reading.Labels.Contains(KeyValuePair.Create("overflow", "true")));
    }

    [Fact]
    public void An_instrument_that_fails_costs_its_own_values_and_is_told_once()
    {
        _meter.CreateObservableGauge("broken", (Func<int>)(() => throw new InvalidOperationException("no value")));
        _meter.CreateObservableGauge("sound", () => 1);

        Read().ShouldHaveSingleItem().Instrument.Name.ShouldBe("sound");
        Read().ShouldHaveSingleItem();

        _log.All.ShouldHaveSingleItem();
    }

    [Theory]
    [InlineData("Shop.Orders", true)]
    [InlineData("shop.orders", true)]
    [InlineData("Shop", false)]
    [InlineData("Bank", true)]
    [InlineData("Bank.Two", false)]
    public void Meters_are_chosen_by_name_or_by_what_they_begin_with(string meter, bool chosen) =>
        MeterSelection.Parse(["Shop.*", "Bank"]).Contains(meter).ShouldBe(chosen);

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("*.Orders")]
    [InlineData("Shop**")]
    public void What_is_no_name_is_refused(string pattern) => Should.Throw<ArgumentException>(() => MeterSelection.Parse([pattern]));

    private static KeyValuePair<string, object?> Tag(string key, object value) => new(key, value);

    private List<Reading> Read()
    {
        var readings = new List<Reading>();
        _source.Read(readings);
        return readings;
    }
}
