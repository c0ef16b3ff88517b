using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;
using Holdfast.Faults.Support;
using Holdfast.Flags;
using Holdfast.Flags.Rules;

namespace Holdfast.Benchmarks.Flags;

/// <summary>
/// How long a change of a flag takes from the request that makes it to each of many clients that listen: HTTP, commit with fsync, evaluation,
/// server-sent event. A flip is done when every client has it. And what an evaluation costs.
/// </summary>
internal static class FlagsVerb
{
    private const string Name = "bench.flip";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public static async Task<int> RunAsync(Arguments arguments)
    {
        var (clients, flips, evaluations) = (arguments.Int("clients", 100), arguments.Int("flips", 100), arguments.Int("evaluations", 2_000_000));
        var postgres = arguments.Text("postgres");
        var directory = Directory.CreateTempSubdirectory("holdfast-bench-").FullName;
        try
        {
            await using var server = await ServerProcess.StartAsync(directory, postgres is null ? [] : new Dictionary<string, string> { ["HOLDFAST_POSTGRES"] = postgres });
            using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false, MaxConnectionsPerServer = int.MaxValue }) { BaseAddress = server.Address };
            var latencies = await FlipAsync(http, clients, flips);
            var (perSecond, bytes) = Evaluate(evaluations);
            Console.WriteLine(JsonSerializer.Serialize(new
            {
                clients,
                flips,
                p50_ms = Percentile(latencies, 0.50),
                p99_ms = Percentile(latencies, 0.99),
                max_ms = Percentile(latencies, 1),
                rss_mb = Math.Round(server.ResidentBytes.Peak / 1048576.0, 1),
                evaluations_per_s = Math.Round(perSecond),
                bytes_per_evaluation = bytes,
                store = postgres is null ? "sqlite" : "postgres",
                processors = Environment.ProcessorCount,
            }));
            return 0;
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static async Task<List<double>> FlipAsync(HttpClient http, int clients, int flips)
    {
        await PutAsync(http, false);
        using var bulk = await http.PostAsJsonAsync("/ofrep/v1/evaluate/flags", new { });
        var address = (await bulk.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("eventStreams")[0].GetProperty("endpoint").GetProperty("requestUri").GetString()!;
        var streams = await Task.WhenAll(Enumerable.Range(0, clients).Select(_ => FlagListener.OpenAsync(http, address)));

        var latencies = new List<double>(clients * flips);
        foreach (var flip in Enumerable.Range(0, flips))
        {
            var began = Stopwatch.GetTimestamp();
            var heard = streams.Select(stream => stream.NextAsync()).ToList();
            await PutAsync(http, flip % 2 == 0);
            foreach (var at in await Task.WhenAll(heard).WaitAsync(Patience))
            {
                latencies.Add(Stopwatch.GetElapsedTime(began, at).TotalMilliseconds);
            }
        }

        Array.ForEach(streams, stream => stream.Dispose());
        return latencies;
    }

    private static async Task PutAsync(HttpClient http, bool value)
    {
        using var answer = await http.PutAsJsonAsync($"/api/flags/{Name}", new { value });
        answer.EnsureSuccessStatusCode();
    }

    /// <summary>A rule with a condition that does not hold, and a percentage.</summary>
    private static (double PerSecond, long Bytes) Evaluate(int count)
    {
        using var json = JsonDocument.Parse("""{"type": "bool", "targeting": [{"if": {"==": [{"var": "plan"}, "pro"]}, "variant": "on"}], "split": [{"variant": "on", "percent": 25}]}""");
        var rule = FlagRuleReader.Read(json.RootElement, null, []);
        using var attributes = JsonDocument.Parse("""{"targetingKey": "user-1", "plan": "free"}""");
        var context = new FlagContext("user-1", attributes.RootElement);
        for (var i = 0; i < count / 10; i++)
        {
            FlagEvaluator.Evaluate(Name, rule, context);
        }

        var bytes = GC.GetAllocatedBytesForCurrentThread();
        var started = Stopwatch.GetTimestamp();
        for (var i = 0; i < count; i++)
        {
            FlagEvaluator.Evaluate(Name, rule, context);
        }

        return (count / Stopwatch.GetElapsedTime(started).TotalSeconds, (GC.GetAllocatedBytesForCurrentThread() - bytes) / count);
    }

    private static double Percentile(List<double> latencies, double share)
    {
        latencies.Sort();
        return Math.Round(latencies[Math.Max(0, (int)Math.Ceiling(latencies.Count * share) - 1)], 1);
    }
}
