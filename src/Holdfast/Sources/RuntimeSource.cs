using Holdfast.Pipeline;

namespace Holdfast.Sources;

/// <summary>This process: what the operating system and the .NET runtime say of it, by the OpenTelemetry conventions for both.</summary>
internal sealed class RuntimeSource(TimeProvider time) : ISource
{
    private static readonly Instrument CpuTime = new("process.cpu.time", "s", SeriesKind.Counter);
    private static readonly Instrument CpuUtilization = new("process.cpu.utilization", "1", SeriesKind.Gauge);
    private static readonly Instrument MemoryUsage = new("process.memory.usage", "By", SeriesKind.Gauge);
    private static readonly Instrument Collections = new("dotnet.gc.collections", "{collection}", SeriesKind.Counter);
    private static readonly Instrument PauseTime = new("dotnet.gc.pause.time", "s", SeriesKind.Counter);
    private static readonly Instrument Allocated = new("dotnet.gc.heap.total_allocated", "By", SeriesKind.Counter);
    private static readonly Instrument HeapSize = new("dotnet.gc.last_collection.heap.size", "By", SeriesKind.Gauge);
    private static readonly Instrument Threads = new("dotnet.thread_pool.thread.count", "{thread}", SeriesKind.Gauge);
    private static readonly Instrument QueueLength = new("dotnet.thread_pool.queue.length", "{work_item}", SeriesKind.Gauge);
    private static readonly Instrument WorkItems = new("dotnet.thread_pool.work_item.count", "{work_item}", SeriesKind.Counter);

    // The large-object and pinned heaps are generations 3 and 4 to the collector.
    private static readonly string[] Generations = ["gen0", "gen1", "gen2", "loh", "poh"];

    private (long At, TimeSpan User, TimeSpan System)? _earlier;

    public string Name => "runtime";

    public string? Unavailable => null;

    public void Read(ICollection<Reading> readings)
    {
        ReadCpu(readings);
        readings.Add(MemoryUsage, Environment.WorkingSet);
        ReadCollector(readings);
        readings.Add(Threads, ThreadPool.ThreadCount);
        readings.Add(QueueLength, ThreadPool.PendingWorkItemCount);
        readings.Add(WorkItems, ThreadPool.CompletedWorkItemCount);
    }

    private void ReadCpu(ICollection<Reading> readings)
    {
        var usage = Environment.CpuUsage;
        var now = (At: time.GetTimestamp(), User: usage.UserTime, System: usage.PrivilegedTime);
        readings.Add(CpuTime, now.User.TotalSeconds, ("cpu.mode", "user"));
        readings.Add(CpuTime, now.System.TotalSeconds, ("cpu.mode", "system"));
        if (_earlier is { } earlier && time.GetElapsedTime(earlier.At, now.At) is { Ticks: > 0 } elapsed)
        {
            // A share of the whole machine, as the convention has it: 1 is every processor busy with this process.
            var available = elapsed * Environment.ProcessorCount;
            readings.Add(CpuUtilization, (now.User - earlier.User) / available, ("cpu.mode", "user"));
            readings.Add(CpuUtilization, (now.System - earlier.System) / available, ("cpu.mode", "system"));
        }

        _earlier = now;
    }

    private static void ReadCollector(ICollection<Reading> readings)
    {
        readings.Add(Allocated, GC.GetTotalAllocatedBytes());
        readings.Add(PauseTime, GC.GetTotalPauseDuration().TotalSeconds);
        ReadCollections(readings);

        // Before the first collection the heap was never measured.
        var last = GC.GetGCMemoryInfo(GCKind.Any);
        for (var i = 0; last.Index > 0 && i < Math.Min(Generations.Length, last.GenerationInfo.Length); i++)
        {
            readings.Add(HeapSize, last.GenerationInfo[i].SizeAfterBytes, ("gc.heap.generation", Generations[i]));
        }
    }

    /// <summary>A collection of a generation collects the younger ones too, and the runtime counts it for each; the convention counts it once.</summary>
    private static void ReadCollections(ICollection<Reading> readings)
    {
        for (var (generation, older) = (GC.MaxGeneration, 0); generation >= 0; generation--)
        {
            var including = GC.CollectionCount(generation);
            readings.Add(Collections, including - older, ("gc.heap.generation", Generations[generation]));
            older = including;
        }
    }
}
