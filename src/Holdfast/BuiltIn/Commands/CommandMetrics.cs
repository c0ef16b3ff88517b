using System.Diagnostics.Metrics;

namespace Holdfast.BuiltIn.Commands;

/// <summary>What became of calls, as metrics.</summary>
internal sealed class CommandMetrics : IDisposable
{
    public const string MeterName = "Holdfast.Commands";

    private readonly Meter _meter;
    private readonly Counter<long> _calls;

    /// <param name="scope">Whose metrics they are, where there are several nodes in one process.</param>
    public CommandMetrics(object scope)
    {
        _meter = new Meter(new MeterOptions(MeterName) { Scope = scope });
        _calls = _meter.CreateCounter<long>("holdfast.command.calls", "{call}", "Calls of commands, by command and outcome.");
    }

    /// <param name="command">A registered one; null: callers may write anything, and a metric must not.</param>
    public void Called(string? command, string outcome) => _calls.Add(1, new("command", command ?? "(unknown)"), new("outcome", outcome));

    public void Dispose() => _meter.Dispose();
}
