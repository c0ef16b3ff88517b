using System.Diagnostics.Metrics;
using System.Text.Encodings.Web;
using System.Text.Json;
using Holdfast.Server.Tests.Support;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;

namespace Holdfast.Server.Tests.Otlp;

/// <summary>
/// The real exporter of OpenTelemetry for .NET sends to a real server. What the server stored is compared with what the SDK itself says, read
/// by a second reader that always counts from the start.
/// </summary>
public sealed class DotNetExporterTests(SharedServer shared) : IClassFixture<SharedServer>
{
    private readonly TestServer _server = shared.Server;

    [Theory]
    [InlineData(MetricReaderTemporalityPreference.Cumulative)]
    [InlineData(MetricReaderTemporalityPreference.Delta)]
    public async Task What_is_stored_is_what_the_SDK_measured(MetricReaderTemporalityPreference temporality)
    {
        var prefix = $"dotnet.{temporality}".ToLowerInvariant();
        using var meter = new Meter(prefix);
        var measured = new MeasuredByTheSdk();
        using (var provider = Provider(meter, prefix, temporality, measured))
        {
            var instruments = new Instruments(meter, prefix);
            for (var round = 1; round <= 3; round++)
            {
                instruments.Measure(round);
                provider.ForceFlush(20_000).ShouldBeTrue();
            }
        }

        var ledger = await _server.SettledSamplesAsync();
        ledger.GetProperty("lost").GetInt64().ShouldBe(0);
        measured.Values.Count.ShouldBeGreaterThan(20);
        foreach (var metric in measured.Values.GroupBy(value => value.Key.Name))
        {
            var stored = await _server.SeriesAsync(metric.Key, metric.Count());

            // What a histogram of the last interval saw at the extremes is not what it saw since the start.
            if (temporality == MetricReaderTemporalityPreference.Cumulative || (!metric.Key.EndsWith(".min", StringComparison.Ordinal) && !metric.Key.EndsWith(".max", StringComparison.Ordinal)))
            {
                stored.Keys.ShouldBe(metric.Select(value => value.Key.Labels), ignoreOrder: true);
                foreach (var value in metric)
                {
                    // Sums of differences are added up in another order.
                    stored[value.Key.Labels].Last().ShouldBe(value.Value, 1e-12 + (Math.Abs(value.Value) * 1e-12), value.Key.ToString());
                }
            }
        }
    }

    [Fact]
    public async Task Quantiles_of_an_exponential_histogram_are_near_the_true_ones()
    {
        using var meter = new Meter("dotnet.quantiles");
        using (var provider = Provider(meter, "dotnet.quantiles", MetricReaderTemporalityPreference.Cumulative, new MeasuredByTheSdk()))
        {
            var spread = meter.CreateHistogram<double>("dotnet.quantiles.spread");
            for (var i = 1; i <= 10_000; i++)
            {
                spread.Record(i / 10.0);
            }

            provider.ForceFlush(20_000).ShouldBeTrue();
        }

        await _server.SettledSamplesAsync();
        var stored = await _server.SeriesAsync("dotnet.quantiles.spread.quantile", 4);

        foreach (var (quantile, exact) in (ReadOnlySpan<(string, double)>)[("0.5", 500), ("0.9", 900), ("0.95", 950), ("0.99", 990)])
        {
            stored.Single(series => series.Key.Contains($"\"quantile\":\"{quantile}\"", StringComparison.Ordinal)).Value.Last().ShouldBe(exact, tolerance: exact * 0.02);
        }
    }

    private MeterProvider Provider(Meter meter, string service, MetricReaderTemporalityPreference temporality, MeasuredByTheSdk measured) => Sdk.CreateMeterProviderBuilder()
        .AddMeter(meter.Name)
        .SetResourceBuilder(ResourceBuilder.CreateEmpty().AddAttributes([KeyValuePair.Create("service.name", (object)service), KeyValuePair.Create("os.type", (object)"linux")]))
        .AddView(instrument => instrument.Name.EndsWith(".spread", StringComparison.Ordinal) ? new Base2ExponentialBucketHistogramConfiguration() : null)
        .AddOtlpExporter((exporter, reader) =>
        {
            exporter.Endpoint = new Uri(_server.Address, "v1/metrics");
            exporter.Protocol = OtlpExportProtocol.HttpProtobuf;
            reader.TemporalityPreference = temporality;
            reader.PeriodicExportingMetricReaderOptions.ExportIntervalMilliseconds = int.MaxValue;
        })
        .AddReader(new BaseExportingMetricReader(measured))
        .Build();

    /// <summary>One instrument of every kind.</summary>
    private sealed class Instruments
    {
        private static readonly string[] List = ["a", "b"];

        private readonly Counter<long> _requests;
        private readonly Counter<double> _bytes;
        private readonly UpDownCounter<int> _queue;
        private readonly Gauge<double> _level;
        private readonly Histogram<double> _duration;
        private readonly Histogram<double> _spread;
        private long _observed;

        public Instruments(Meter meter, string prefix)
        {
            _requests = meter.CreateCounter<long>($"{prefix}.requests", "{request}", "Requests.");
            _bytes = meter.CreateCounter<double>($"{prefix}.io", "By");
            _queue = meter.CreateUpDownCounter<int>($"{prefix}.queue");
            _level = meter.CreateGauge<double>($"{prefix}.level");
            _duration = meter.CreateHistogram<double>($"{prefix}.duration", "s");
            _spread = meter.CreateHistogram<double>($"{prefix}.spread");
            meter.CreateObservableCounter($"{prefix}.observed", () => new Measurement<long>(_observed, KeyValuePair.Create("of", (object?)"total")));
            meter.CreateObservableGauge($"{prefix}.temperature", () => new Measurement<double>(20 + _observed, KeyValuePair.Create("room", (object?)"hall \"1\"")));
        }

        public void Measure(int round)
        {
            _requests.Add(3 * round, KeyValuePair.Create("route", (object?)"/ä"), KeyValuePair.Create("ok", (object?)true));
            _requests.Add(2, KeyValuePair.Create("code", (object?)200), KeyValuePair.Create("share", (object?)0.5), KeyValuePair.Create("list", (object?)List));
            _bytes.Add(0.25 * round);
            _queue.Add(round % 2 == 0 ? -4 : 3, KeyValuePair.Create("lane", (object?)"x"));
            _level.Record(round * 1.5);
            _observed += 10;
            for (var i = 0; i < 10; i++)
            {
                _duration.Record(Math.Pow(10, i - 4) * round);
                _spread.Record(i * round);
            }
        }
    }

    /// <summary>The SDK's own values, under the names and labels they should be stored with.</summary>
    private sealed class MeasuredByTheSdk : BaseExporter<Metric>
    {
        private static readonly JsonSerializerOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

        public Dictionary<(string Name, string Labels), double> Values { get; } = [];

        public override ExportResult Export(in Batch<Metric> batch)
        {
            foreach (var metric in batch)
            {
                foreach (ref readonly var point in metric.GetMetricPoints())
                {
                    Note(metric, point);
                }
            }

            return ExportResult.Success;
        }

        private void Note(Metric metric, in MetricPoint point)
        {
            var labels = new SortedDictionary<string, string>(StringComparer.Ordinal);
            foreach (var (key, value) in ParentProvider.GetResource().Attributes.Where(attribute => attribute.Key == "service.name"))
            {
                labels[key] = (string)value;
            }

            foreach (var (key, value) in point.Tags)
            {
                labels[key] = value switch { bool truth => truth ? "true" : "false", string[] list => JsonSerializer.Serialize(list), _ => value!.ToString()! };
            }

            switch (metric.MetricType)
            {
                case MetricType.LongSum or MetricType.LongSumNonMonotonic:
                    Put(metric.Name, labels, point.GetSumLong());
                    break;
                case MetricType.DoubleSum or MetricType.DoubleSumNonMonotonic:
                    Put(metric.Name, labels, point.GetSumDouble());
                    break;
                case MetricType.DoubleGauge:
                    Put(metric.Name, labels, point.GetGaugeLastValueDouble());
                    break;
                default:
                    NoteDistribution(metric, point, labels);
                    break;
            }
        }

        private void NoteDistribution(Metric metric, in MetricPoint point, SortedDictionary<string, string> labels)
        {
            Put($"{metric.Name}.count", labels, point.GetHistogramCount());
            Put($"{metric.Name}.sum", labels, point.GetHistogramSum());
            if (point.TryGetHistogramMinMaxValues(out var min, out var max))
            {
                Put($"{metric.Name}.min", labels, min);
                Put($"{metric.Name}.max", labels, max);
            }

            if (metric.MetricType == MetricType.Histogram)
            {
                var below = 0L;
                foreach (var bucket in point.GetHistogramBuckets())
                {
                    below += bucket.BucketCount;
                    labels["le"] = double.IsPositiveInfinity(bucket.ExplicitBound) ? "+Inf" : bucket.ExplicitBound.ToString();
                    Put($"{metric.Name}.bucket", labels, below);
                }
            }
        }

        private void Put(string name, SortedDictionary<string, string> labels, double value) =>
            Values[(name, JsonSerializer.Serialize(labels, Compact))] = value;
    }
}
