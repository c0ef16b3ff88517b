using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Holdfast.Telemetry;

/// <summary>The process under the names that Prometheus clients of every language give it.</summary>
internal sealed class ProcessMetrics : IDisposable
{
    public const string MeterName = "Holdfast.Process";

    private const string OpenFiles = "/proc/self/fd";

    private readonly Meter _meter;

    /// <param name="scope">Whose metrics they are, where there are several nodes in one process.</param>
    public ProcessMetrics(object scope)
    {
        using var process = Process.GetCurrentProcess();
        var startedAt = new DateTimeOffset(process.StartTime).ToUnixTimeMilliseconds() / 1000.0;
        _meter = new Meter(new MeterOptions(MeterName) { Scope = scope });
        _meter.CreateObservableCounter("process.cpu", () => Environment.CpuUsage.TotalTime.TotalSeconds, "s", "Processor time used by the process.");
        _meter.CreateObservableGauge("process.resident_memory", () => Environment.WorkingSet, "By", "Memory of the process that is in RAM.");
        _meter.CreateObservableGauge("process.start_time", () => startedAt, "s", "When the process was started, in seconds since 1970.");

        // The runtime has both as counters, but they go down again.
        _meter.CreateObservableGauge("process.thread_pool.threads", () => ThreadPool.ThreadCount, "{thread}", "Threads of the thread pool.");
        _meter.CreateObservableGauge("process.thread_pool.queue_length", () => ThreadPool.PendingWorkItemCount, "{item}", "Work that waits for a thread of the pool.");
        if (Directory.Exists(OpenFiles))
        {
            _meter.CreateObservableGauge("process.open_fds", () => Directory.EnumerateFileSystemEntries(OpenFiles).Count(), "{file}", "Files and sockets that are open.");
        }
    }

    public void Dispose() => _meter.Dispose();
}
