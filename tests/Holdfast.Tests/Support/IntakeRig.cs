using System.Text;
using Holdfast.Pipeline;
using Holdfast.Spool;
using Holdfast.Testing;

namespace Holdfast.Tests.Support;

/// <summary>The whole intake over a recording spool, at 2026-01-01T00:00:00Z.</summary>
internal sealed class IntakeRig
{
    public IntakeRig(params IRecordedObserver[] observers)
    {
        Metrics = new ValidationMetrics(Clock);
        Decoder = new EventDecoder(() => Options, Classifier, Metrics, Clock);
        Recorder = new Recorder(Spool, observers, Refusals, Log);
        Events = new EventIntake(Decoder, Recorder, Metrics, Refusals);
        Samples = new SampleIntake(Recorder, () => Options, Refusals);
    }

    public IntakeOptions Options { get; set; } = new();

    public ManualTimeProvider Clock { get; } = new();

    public RecordingSpool Spool { get; } = new();

    public Refusals Refusals { get; } = new();

    public RecordingLogger<Recorder> Log { get; } = new();

    public EventClassifier Classifier { get; } = new();

    public ValidationMetrics Metrics { get; }

    public EventDecoder Decoder { get; }

    public Recorder Recorder { get; }

    public EventIntake Events { get; }

    public SampleIntake Samples { get; }

    public DecodedRequest Decode(string body, EventFormat format = EventFormat.Json) => Decoder.Decode(Encoding.UTF8.GetBytes(body), format);

    public ValueTask<IntakeResult> IngestAsync(string body, EventFormat format = EventFormat.Json) =>
        Events.IngestAsync(Encoding.UTF8.GetBytes(body), format, TestContext.Current.CancellationToken);

    /// <summary>The rows of the batches, read back with the codec.</summary>
    public static List<EventRow> Rows(IEnumerable<SpoolEntry> entries) => [.. entries.SelectMany(entry => EventCodec.Read(entry.Payload))];

    public static string Text(ReadOnlyMemory<byte> utf8) => Encoding.UTF8.GetString(utf8.Span);
}
