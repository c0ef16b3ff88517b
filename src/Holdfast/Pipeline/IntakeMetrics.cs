using System.Diagnostics.Metrics;
using Holdfast.Spool;

namespace Holdfast.Pipeline;

/// <summary>What was accepted and what was not, as metrics.</summary>
internal sealed class IntakeMetrics : IRecordedObserver, IDisposable
{
    public const string MeterName = "Holdfast.Intake";

    private readonly Meter _meter;
    private readonly Refusals _refusals;
    private long _events;
    private long _samples;

    /// <param name="scope">Whose metrics they are, where there are several nodes in one process.</param>
    public IntakeMetrics(object scope, Refusals refusals)
    {
        _refusals = refusals;
        _meter = new Meter(new MeterOptions(MeterName) { Scope = scope });
        _meter.CreateObservableCounter("holdfast.intake.accepted", ObserveAccepted, "{row}", "Rows that were acknowledged, or recorded by a built-in source: durable in the spool.");
        _meter.CreateObservableCounter("holdfast.intake.refused", ObserveRefused, "{row}", "Rows that were not acknowledged, by reason. A request that could not be read counts as one.");
    }

    public void OnEvents(Guid epoch, DateTimeOffset receivedAt, IReadOnlyList<(SpoolEntry Entry, SpoolPosition Position)> batches)
    {
        for (var i = 0; i < batches.Count; i++)
        {
            Interlocked.Add(ref _events, batches[i].Entry.Count);
        }
    }

    public void OnSamples(IReadOnlyList<Sample> samples) => Interlocked.Add(ref _samples, samples.Count);

    public void Dispose() => _meter.Dispose();

    private IEnumerable<Measurement<long>> ObserveAccepted() =>
    [
        new(Interlocked.Read(ref _events), new KeyValuePair<string, object?>("kind", "event")),
        new(Interlocked.Read(ref _samples), new KeyValuePair<string, object?>("kind", "sample")),
    ];

    private IEnumerable<Measurement<long>> ObserveRefused()
    {
        var now = _refusals.Snapshot();
        return Of("event", now.Events).Concat(Of("sample", now.Samples));

        static IEnumerable<Measurement<long>> Of(string kind, IReadOnlyDictionary<RefusalReason, long> reasons) =>
            reasons.Select(reason => new Measurement<long>(reason.Value, new("kind", kind), new("reason", NameOf(reason.Key))));
    }

    private static string NameOf(RefusalReason reason) => reason switch
    {
        RefusalReason.Invalid => "invalid",
        RefusalReason.Unreadable => "unreadable",
        RefusalReason.TooLarge => "too_large",
        RefusalReason.SpoolFull => "spool_full",
        RefusalReason.SpoolUnavailable => "spool_unavailable",
        _ => throw new ArgumentOutOfRangeException(nameof(reason), reason, "Not a reason."),
    };
}
