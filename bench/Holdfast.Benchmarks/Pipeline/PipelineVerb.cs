using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;
using Holdfast.Faults.Support;

namespace Holdfast.Benchmarks.Pipeline;

/// <summary>
/// The whole way of an event: HTTP, validation, spool with fsync, acknowledgement, flusher, store with its indexes. "Done" is when the
/// ledger of the server counts every event as stored and none as waiting.
/// </summary>
internal static class PipelineVerb
{
    private static readonly TimeSpan DonePatience = TimeSpan.FromMinutes(5);

    public static async Task<int> RunAsync(Arguments arguments)
    {
        var events = arguments.Int("events", 200_000);
        var batch = arguments.Int("batch", 500);
        var connections = arguments.Int("connections", 4);
        var rate = arguments.Int("rate", 0);
        var directory = Directory.CreateTempSubdirectory("holdfast-bench-").FullName;
        try
        {
            await using var server = await ServerProcess.StartAsync(directory, Settings);
            using var http = new HttpClient { BaseAddress = server.Address };

            // Files are grown and hot code is compiled a second time before anything is timed; what these posts leave is part of the ledger.
            var warm = arguments.Int("warm", 200_000);
            await new Load(server.Address, batch, arguments.Int("bytes", 200)).RunAsync(warm, connections, 0);
            await DoneAsync(http, warm);

            var cpuBefore = server.ProcessorTime;
            var load = new Load(server.Address, batch, arguments.Int("bytes", 200));
            var started = Stopwatch.GetTimestamp();
            await load.RunAsync(events, connections, rate);
            var acknowledged = Stopwatch.GetElapsedTime(started);
            await DoneAsync(http, warm + events);
            var stored = Stopwatch.GetElapsedTime(started);
            Report(events, batch, connections, rate, load.AckMilliseconds, acknowledged, stored, server.ProcessorTime - cpuBefore, server.ResidentBytes);
            return 0;
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static Dictionary<string, string> Settings => new(StringComparer.Ordinal) { ["HOLDFAST_LOG_LEVEL"] = "information" };

    private static async Task DoneAsync(HttpClient http, long events)
    {
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            var ledger = await http.GetFromJsonAsync<JsonElement>(new Uri("api/ledger", UriKind.Relative));
            var terms = ledger.GetProperty("events");
            if (terms.GetProperty("stored").GetInt64() == events && terms.GetProperty("spooled").GetInt64() == 0)
            {
                return;
            }

            if (Stopwatch.GetElapsedTime(started) > DonePatience)
            {
                throw new TimeoutException($"{events} events were acknowledged, but the ledger reads {ledger}.");
            }

            await Task.Delay(10);
        }
    }

    private static void Report(
        int events, int batch, int connections, int rate, IReadOnlyList<double> acks, TimeSpan acknowledged, TimeSpan stored, TimeSpan cpu, (long Now, long Peak) resident)
    {
        var sorted = acks.Order().ToArray();
        Console.WriteLine(
            $"{events} events in batches of {batch} over {connections} connections: acknowledged in {acknowledged.TotalSeconds:F2} s, stored in {stored.TotalSeconds:F2} s.");
        Console.WriteLine(JsonSerializer.Serialize(new
        {
            events_per_s = Math.Round(events / stored.TotalSeconds),
            ack_p50_ms = Percentile(sorted, 0.50),
            ack_p99_ms = Percentile(sorted, 0.99),
            rss_mb = Math.Round(resident.Peak / 1048576.0, 1),
            cpu_s_per_million = Math.Round(cpu.TotalSeconds * 1_000_000 / events, 2),
            store = "sqlite",
            acknowledged_per_s = Math.Round(events / acknowledged.TotalSeconds),
            rate,
            batch,
            connections,
            processors = Environment.ProcessorCount,
        }));
    }

    private static double Percentile(double[] sorted, double fraction) =>
        sorted.Length == 0 ? 0 : Math.Round(sorted[(int)Math.Min(sorted.Length - 1, Math.Ceiling(fraction * sorted.Length) - 1)], 2);
}
