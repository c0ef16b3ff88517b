using System.Buffers;
using System.Diagnostics.Metrics;
using System.Text;
using Holdfast.Telemetry;
using Holdfast.Tests.Support;

namespace Holdfast.Tests.Telemetry;

/// <summary>From an instrument to the text that is scraped.</summary>
public sealed class MeterCollectorTests : IDisposable
{
    private readonly Meter _meter;
    private readonly RecordingLogger<MeterCollector> _log = new();
    private readonly MeterCollector _collector;

    public MeterCollectorTests()
    {
        _meter = new Meter(new MeterOptions("Holdfast.Test") { Scope = this });
        _collector = new MeterCollector(IsOurs, _log);
    }

    public void Dispose()
    {
        _meter.Dispose();
        _collector.Dispose();
    }

    [Fact]
    public void A_counter_adds_up_by_its_tags()
    {
        var counter = _meter.CreateCounter<long>("rows", "{row}", "Rows.");
        counter.Add(2, new KeyValuePair<string, object?>("kind", "event"));
        counter.Add(3, new KeyValuePair<string, object?>("kind", "event"));
        counter.Add(7, new KeyValuePair<string, object?>("kind", "sample"));

        Scrape().ShouldBe(
            """
            # HELP rows_total Rows.
            # TYPE rows_total counter
            rows_total{kind="event"} 5
            rows_total{kind="sample"} 7

            """);
    }

    [Fact]
    public void The_order_of_tags_makes_no_other_series()
    {
        var counter = _meter.CreateCounter<int>("calls");
        counter.Add(1, new("a", 1), new("b", true));
        counter.Add(1, new("b", true), new("a", 1));

        Scrape().ShouldContain("calls_total{a=\"1\",b=\"true\"} 2\n");
    }

    [Fact]
    public void Texts_are_escaped()
    {
        _meter.CreateGauge<double>("depth", null, "A \\ and\na line.").Record(1, new KeyValuePair<string, object?>("path", "C:\\\"x\"\n"));

        Scrape().ShouldBe("# HELP depth A \\\\ and\\na line.\n# TYPE depth gauge\ndepth{path=\"C:\\\\\\\"x\\\"\\n\"} 1\n");
    }

    [Fact]
    public void A_histogram_has_cumulative_buckets_a_sum_and_a_count()
    {
        var histogram = _meter.CreateHistogram("took", "s", "Time.", null, new InstrumentAdvice<double> { HistogramBucketBoundaries = [1, 10] });
        foreach (var seconds in new[] { 0.25, 1, 5, 100 })
        {
            histogram.Record(seconds, new KeyValuePair<string, object?>("way", "up"));
        }

        Scrape().ShouldBe(
            """
            # HELP took_seconds Time.
            # TYPE took_seconds histogram
            took_seconds_bucket{way="up",le="1"} 2
            took_seconds_bucket{way="up",le="10"} 3
            took_seconds_bucket{way="up",le="+Inf"} 4
            took_seconds_sum{way="up"} 106.25
            took_seconds_count{way="up"} 4

            """);
    }

    [Fact]
    public void Values_and_bounds_in_another_unit_are_put_into_the_base_unit()
    {
        var histogram = _meter.CreateHistogram("took", "ms", null, null, new InstrumentAdvice<double> { HistogramBucketBoundaries = [250, 500] });
        histogram.Record(300);

        Scrape().ShouldContain("took_seconds_bucket{le=\"0.25\"} 0\ntook_seconds_bucket{le=\"0.5\"} 1\n");
    }

    [Fact]
    public void An_up_and_down_counter_is_a_gauge()
    {
        var open = _meter.CreateUpDownCounter<int>("open");
        open.Add(3);
        open.Add(-2);

        Scrape().ShouldContain("# TYPE open gauge\nopen 1\n");
    }

    [Theory]
    [InlineData(double.NaN, "NaN")]
    [InlineData(double.PositiveInfinity, "+Inf")]
    [InlineData(double.NegativeInfinity, "-Inf")]
    [InlineData(1e21, "1E+21")]
    [InlineData(-0.25, "-0.25")]
    [InlineData(9_007_199_254_740_991, "9007199254740991")]
    public void Every_number_has_a_text(double value, string text)
    {
        _meter.CreateObservableGauge("value", () => value);

        Scrape().ShouldEndWith($"\nvalue {text}\n");
    }

    [Fact]
    public void Observed_values_are_those_of_the_scrape()
    {
        var values = new Dictionary<string, long>(StringComparer.Ordinal) { ["a"] = 1, ["b"] = 2 };
        _meter.CreateObservableCounter("seen", () => values.Select(pair => new Measurement<long>(pair.Value, new KeyValuePair<string, object?>("name", pair.Key))));

        var first = Scrape();
        values.Remove("a");
        values["b"] = 5;
        var second = Scrape();

        first.ShouldEndWith("seen_total{name=\"a\"} 1\nseen_total{name=\"b\"} 2\n");
        second.ShouldEndWith("counter\nseen_total{name=\"b\"} 5\n");
    }

    [Fact]
    public void An_observation_that_fails_costs_only_its_own_metric()
    {
        _meter.CreateObservableGauge("broken", Broken);
        _meter.CreateObservableGauge("sound", () => 1);

        Scrape().ShouldBe("# HELP broken \n# TYPE broken gauge\n# HELP sound \n# TYPE sound gauge\nsound 1\n");
        _log.All.ShouldHaveSingleItem();
    }

    [Fact]
    public void Tags_without_end_share_one_series()
    {
        var counter = _meter.CreateCounter<int>("visits");
        for (var i = 0; i < MetricFamily.SeriesMax + 50; i++)
        {
            counter.Add(1, new KeyValuePair<string, object?>("visitor", i));
        }

        counter.Add(1, new KeyValuePair<string, object?>("visitor", 7));
        var lines = Scrape().Split('\n', StringSplitOptions.RemoveEmptyEntries);

        lines.Length.ShouldBe(2 + MetricFamily.SeriesMax + 1);
        lines.ShouldContain("visits_total{overflow=\"true\"} 50");
        lines.ShouldContain("visits_total{visitor=\"7\"} 2");
    }

    [Fact]
    public void Two_instruments_of_one_name_and_kind_are_one_metric()
    {
        _meter.CreateCounter<int>("twice").Add(1);
        using var other = new Meter(new MeterOptions("Holdfast.Other") { Scope = this });
        other.CreateCounter<int>("twice").Add(2);

        Scrape().ShouldEndWith("\ntwice_total 3\n");
    }

    [Fact]
    public void One_name_is_never_two_kinds()
    {
        _meter.CreateGauge<int>("name_total").Record(1);
        _meter.CreateCounter<int>("name").Add(2);

        Scrape().ShouldEndWith("gauge\nname_total 1\n");
        _log.All.ShouldHaveSingleItem().ShouldContain("name_total");
    }

    [Fact]
    public void Instruments_that_are_not_chosen_are_not_heard()
    {
        using var other = new Meter(new MeterOptions("Holdfast.Test") { Scope = new object() });
        other.CreateCounter<int>("foreign").Add(1);
        _meter.CreateCounter<int>("own").Add(1);

        Scrape().ShouldEndWith("# TYPE own_total counter\nown_total 1\n");
        Scrape().ShouldNotContain("foreign");
    }

    [Fact]
    public async Task Nothing_is_lost_between_threads_and_scrapes()
    {
        var counter = _meter.CreateCounter<long>("sum");
        var histogram = _meter.CreateHistogram<double>("spread");
        using var done = new CancellationTokenSource();
        var scraping = Task.Run(() =>
        {
            while (!done.IsCancellationRequested)
            {
                Scrape();
            }
        });

        await Task.WhenAll(Enumerable.Range(0, 4).Select(thread => Task.Run(() =>
        {
            for (var i = 0; i < 20_000; i++)
            {
                counter.Add(1, new KeyValuePair<string, object?>("thread", thread % 2));
                histogram.Record(i);
            }
        })));
        await done.CancelAsync();
        await scraping;

        var text = Scrape();
        text.ShouldContain("sum_total{thread=\"0\"} 40000\nsum_total{thread=\"1\"} 40000\n");
        text.ShouldContain("spread_count 80000\n");
        text.ShouldContain("spread_bucket{le=\"+Inf\"} 80000\n");
    }

    [Fact]
    public void A_measurement_of_a_known_series_allocates_nothing()
    {
        var counter = _meter.CreateCounter<long>("free");
        var histogram = _meter.CreateHistogram<double>("took", "s");
        Measure(100);
        var before = GC.GetAllocatedBytesForCurrentThread();

        Measure(1_000);

        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);

        void Measure(int times)
        {
            for (var i = 0; i < times; i++)
            {
                counter.Add(1, new("kind", "event"), new("outcome", "stored"));
                histogram.Record(0.5, new KeyValuePair<string, object?>("outcome", "stored"));
            }
        }
    }

    private static int Broken() => throw new InvalidOperationException("No.");

    /// <summary>Meters without a scope are the whole process's: other tests make and end such ones meanwhile.</summary>
    private bool IsOurs(Instrument instrument) => ReferenceEquals(instrument.Meter.Scope, this);

    private string Scrape()
    {
        var text = new ArrayBufferWriter<byte>();
        _collector.Collect(families => PrometheusText.Write(text, families));
        return Encoding.UTF8.GetString(text.WrittenSpan);
    }
}
