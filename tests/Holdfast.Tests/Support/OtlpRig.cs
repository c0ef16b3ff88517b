using System.Text;
using Holdfast.Otlp;
using Holdfast.Pipeline;
using Holdfast.Testing;

namespace Holdfast.Tests.Support;

/// <summary>The intake of OTLP over a recording spool, at 2026-01-01T00:00:00Z.</summary>
internal sealed class OtlpRig : IDisposable
{
    public OtlpRig()
    {
        Registry = new SeriesRegistry(() => SeriesLimits, Inner.Clock);
        Otlp = new OtlpIntake(Inner.Samples, Registry, () => Options, Inner.Refusals, Inner.Clock);
    }

    public IntakeRig Inner { get; } = new();

    public OtlpOptions Options { get; set; } = new();

    public SeriesOptions SeriesLimits { get; set; } = new();

    public SeriesRegistry Registry { get; }

    public OtlpIntake Otlp { get; }

    public ManualTimeProvider Clock => Inner.Clock;

    public RecordingSpool Spool => Inner.Spool;

    /// <summary>Everything recorded so far, as <c>name{labels} time value</c>, time in seconds of 2026.</summary>
    public IReadOnlyList<string> Recorded => [.. Samples.Select(Text)];

    public IEnumerable<Sample> Samples => Spool.Entries.SelectMany(entry => SampleCodec.Read(entry.Payload));

    /// <summary>Nanoseconds of Unix time, so many seconds into 2026.</summary>
    public static string Nanoseconds(double seconds) => $"{1_767_225_600_000_000_000 + (long)(seconds * 1_000_000_000)}";

    /// <summary>A request with one metric of a service called shop.</summary>
    public static string Request(string metric) =>
        $$$$"""{"resourceMetrics":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"shop"}}]},"scopeMetrics":[{"scope":{"name":"lib"},"metrics":[{{{{metric}}}}]}]}]}""";

    public static string Sum(double start, double time, double value, int temporality = 2, bool monotonic = true) => Request(
        $$$$"""{"name":"orders","unit":"{order}","sum":{"dataPoints":[{"startTimeUnixNano":"{{{{Nanoseconds(start)}}}}","timeUnixNano":"{{{{Nanoseconds(time)}}}}","asDouble":{{{{value}}}}}],"aggregationTemporality":{{{{temporality}}}},"isMonotonic":{{{{(monotonic ? "true" : "false")}}}}}}""");

    public Task<OtlpResult> IngestAsync(string json, bool asProtobuf = true) => asProtobuf
        ? IngestAsync(OtlpProtobuf.FromJson(json), OtlpEncoding.Protobuf)
        : IngestAsync(Encoding.UTF8.GetBytes(json), OtlpEncoding.Json);

    public Task<OtlpResult> IngestAsync(byte[] body, OtlpEncoding encoding) =>
        Otlp.IngestAsync(body, encoding, TestContext.Current.CancellationToken).AsTask();

    public void Dispose() => Otlp.Dispose();

    private static string Text(Sample sample) =>
        $"{sample.Series.Name}{sample.Series.LabelsJson} {(sample.TimestampMilliseconds - 1_767_225_600_000) / 1_000.0} {sample.Value}";
}
