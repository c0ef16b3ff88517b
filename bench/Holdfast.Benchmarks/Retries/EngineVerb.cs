using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Holdfast.Benchmarks.Retries;

/// <summary>What the engine of the queue costs by itself: claim to outcome of no-op items, before a store that costs nothing.</summary>
internal static class EngineVerb
{
    public static async Task<int> RunAsync(Arguments arguments)
    {
        var (items, rounds) = (arguments.Int("items", 500_000), arguments.Int("rounds", 5));
        var payload = JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, string> { ["pad"] = new('x', arguments.Int("payload", 256)) });
        List<double> perSecond = [], cpu = [], bytes = [];
        await DrainAsync(items, payload, arguments.Int("workers", 16)); // warm
        for (var round = 0; round < rounds; round++)
        {
            var (wall, processor, allocated) = await DrainAsync(items, payload, arguments.Int("workers", 16));
            perSecond.Add(items / wall.TotalSeconds);
            cpu.Add(processor.TotalMicroseconds / items);
            bytes.Add((double)allocated / items);
        }

        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $$"""{"items_per_s":{{Median(perSecond):F0}},"cpu_us_per_item":{{Median(cpu):F2}},"bytes_per_item":{{Median(bytes):F0}},"items":{{items}},"rounds":{{rounds}},"processors":{{Environment.ProcessorCount}}}"""));
        return 0;
    }

    private static async Task<(TimeSpan Wall, TimeSpan Processor, long Allocated)> DrainAsync(int items, byte[] payload, int workers)
    {
        await using var store = new PlentifulStore(items, payload);
        var (start, processor, allocated) = (Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime, GC.GetTotalAllocatedBytes());
        await using var running = new RunningEngine(store, doorbell: null, new NoOpHandler(), workers);
        while (store.Settled < items)
        {
            await Task.Delay(5);
        }

        return (Stopwatch.GetElapsedTime(start), Environment.CpuUsage.TotalTime - processor, GC.GetTotalAllocatedBytes() - allocated);
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
}
