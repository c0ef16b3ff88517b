using System.Diagnostics.Metrics;

namespace Holdfast.BuiltIn.Retry;

/// <summary>What became of failure events, as metrics.</summary>
internal sealed class CaptureMetrics : IDisposable
{
    public const string MeterName = "Holdfast.Capture";

    private readonly Meter _meter;
    private readonly Counter<long> _captured;
    private readonly Counter<long> _ignored;
    private readonly Counter<long> _notExecutable;

    /// <param name="scope">Whose metrics they are, where there are several nodes in one process.</param>
    public CaptureMetrics(object scope)
    {
        _meter = new Meter(new MeterOptions(MeterName) { Scope = scope });
        _captured = _meter.CreateCounter<long>("holdfast.capture.captured", "{event}", "Failure events whose operation is executed again, repeats included.");
        _ignored = _meter.CreateCounter<long>("holdfast.capture.ignored", "{event}", "Failure events that nothing is done about, by reason.");
        _notExecutable = _meter.CreateCounter<long>("holdfast.capture.not_executable", "{event}", "Failure events without an operation that could or may be executed, by what became of them.");
    }

    public void Captured() => _captured.Add(1);

    public void Ignored(string because) => _ignored.Add(1, new KeyValuePair<string, object?>("reason", because));

    public void NotExecutable(bool kept) => _notExecutable.Add(1, new KeyValuePair<string, object?>("outcome", kept ? "dead_letter" : "over_limit"));

    public void Dispose() => _meter.Dispose();
}
