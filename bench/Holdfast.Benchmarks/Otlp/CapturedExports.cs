using System.Diagnostics.Metrics;
using System.Net;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;

namespace Holdfast.Benchmarks.Otlp;

/// <summary>
/// What the real exporter of OpenTelemetry for .NET sends, taken down before the clock starts: a service with a number of streams, each with
/// four attributes, exported again and again. Nothing in the bodies is made by hand, and no two are alike.
/// </summary>
internal sealed class CapturedExports : IDisposable
{
    // Below the SDK's own limit of 2,000 streams an instrument.
    private const int StreamsPerInstrument = 500;

    private readonly Meter _meter = new("holdfast.bench");
    private readonly BodyRecorder _recorder = new();
    private readonly MeterProvider _provider;
    private readonly List<Counter<long>> _counters = [];
    private readonly Histogram<double> _durations;
    private readonly int _numbers;
    private readonly int _histograms;

    /// <param name="points">Data points of an export.</param>
    /// <param name="histograms">How many of them are histograms with the SDK's default buckets; the others are counters.</param>
    public CapturedExports(int points, int histograms)
    {
        (_numbers, _histograms) = (points - histograms, histograms);
        _provider = Sdk.CreateMeterProviderBuilder()
            .AddMeter(_meter.Name)
            .SetResourceBuilder(ResourceBuilder.CreateEmpty().AddService("checkout", "shop", "1.2.3", serviceInstanceId: "instance-1"))
            .AddOtlpExporter((exporter, reader) =>
            {
                exporter.Endpoint = new Uri("http://127.0.0.1:9/v1/metrics");
                exporter.Protocol = OtlpExportProtocol.HttpProtobuf;
                exporter.HttpClientFactory = () => new HttpClient(_recorder, disposeHandler: false);
                reader.PeriodicExportingMetricReaderOptions.ExportIntervalMilliseconds = int.MaxValue;
            })
            .Build();
        for (var i = 0; i * StreamsPerInstrument < _numbers; i++)
        {
            _counters.Add(_meter.CreateCounter<long>($"http.server.requests.{i}", "{request}"));
        }

        _durations = _meter.CreateHistogram<double>("http.server.request.duration", "s");
    }

    /// <summary>Measures something in every stream, exports, and returns the body that the exporter sent.</summary>
    public byte[] Next(int round)
    {
        for (var i = 0; i < _numbers; i++)
        {
            _counters[i / StreamsPerInstrument].Add(1 + ((i + round) % 7), Attributes(i % StreamsPerInstrument));
        }

        for (var i = 0; i < _histograms; i++)
        {
            _durations.Record((i + round) % 100 / 10.0, Attributes(i));
        }

        _provider.ForceFlush();
        return _recorder.Take() ?? throw new InvalidOperationException("The exporter did not send.");
    }

    public void Dispose()
    {
        _provider.Dispose();
        _meter.Dispose();
        _recorder.Dispose();
    }

    private static KeyValuePair<string, object?>[] Attributes(int stream) =>
    [
        new("http.request.method", stream % 2 == 0 ? "GET" : "POST"),
        new("http.response.status_code", 200 + (stream % 5)),
        new("http.route", $"/api/orders/{stream}/items"),
        new("server.address", "checkout.internal.example"),
    ];

    /// <summary>Takes the place of the network.</summary>
    private sealed class BodyRecorder : HttpMessageHandler
    {
        private byte[]? _body;

        public byte[]? Take() => Interlocked.Exchange(ref _body, null);

        protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            using var copy = new MemoryStream();
            request.Content!.CopyTo(copy, null, cancellationToken);
            _body = copy.ToArray();
            return new HttpResponseMessage(HttpStatusCode.OK);
        }

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            Task.FromResult(Send(request, cancellationToken));
    }
}
