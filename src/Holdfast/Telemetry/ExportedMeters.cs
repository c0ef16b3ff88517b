using System.Collections.Frozen;
using System.Diagnostics.Metrics;

namespace Holdfast.Telemetry;

/// <summary>Which instruments are exported: all of Holdfast, those of Polly, and what of the runtime explains a slow or a large process.</summary>
/// <param name="scope">The node whose instruments are meant; those without a scope are the process's.</param>
internal sealed class ExportedMeters(object scope)
{
    private static readonly FrozenSet<string> OfRuntime = FrozenSet.Create(
        "dotnet.gc.collections",
        "dotnet.gc.pause.time",
        "dotnet.gc.heap.total_allocated",
        "dotnet.gc.last_collection.heap.size",
        "dotnet.gc.last_collection.memory.committed_size",
        "dotnet.exceptions",
        "dotnet.monitor.lock_contentions",
        "dotnet.thread_pool.work_item.count");

    public bool Contains(Instrument instrument) =>
        (instrument.Meter.Scope is null || ReferenceEquals(instrument.Meter.Scope, scope)) && Contains(instrument.Meter.Name, instrument.Name);

    private static bool Contains(string meter, string instrument) => meter switch
    {
        "System.Runtime" => OfRuntime.Contains(instrument),
        "Polly" => true,
        _ => meter.StartsWith("Holdfast.", StringComparison.Ordinal),
    };
}
