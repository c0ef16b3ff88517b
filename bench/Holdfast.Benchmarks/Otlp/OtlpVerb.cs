using System.Diagnostics;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Holdfast.Faults.Support;

namespace Holdfast.Benchmarks.Otlp;

/// <summary>
/// The whole way of a data point: HTTP, protobuf, series, spool with fsync, acknowledgement, flusher, store. "Done" is when the ledger of the
/// server counts every sample as stored and none as waiting.
/// </summary>
internal static class OtlpVerb
{
    private static readonly TimeSpan DonePatience = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);
    private static readonly MediaTypeHeaderValue Protobuf = new("application/x-protobuf");

    public static async Task<int> RunAsync(Arguments arguments)
    {
        var (points, batch, connections) = (arguments.Int("points", 500_000), arguments.Int("batch", 5_000), arguments.Int("connections", 4));
        var histograms = arguments.Int("histograms", batch / 50);
        var (warm, exports) = (Math.Max(1, arguments.Int("warm", 100_000) / batch), (points + batch - 1) / batch);
        using var captured = new CapturedExports(batch, histograms);
        var bodies = Take(captured, warm + exports);

        var postgres = arguments.Text("postgres");
        var directory = Directory.CreateTempSubdirectory("holdfast-bench-").FullName;
        try
        {
            await using var server = await ServerProcess.StartAsync(directory, Settings(postgres));
            using var http = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = connections, UseProxy = false }) { BaseAddress = server.Address };

            // Series are made, files are grown and hot code is compiled a second time before anything is timed.
            await SendAsync(http, bodies[..warm], connections);
            var before = await DoneAsync(http);

            var cpuBefore = server.ProcessorTime;
            var started = Stopwatch.GetTimestamp();
            var acks = await SendAsync(http, bodies[warm..], connections);
            var acknowledged = Stopwatch.GetElapsedTime(started);
            var samples = await DoneAsync(http) - before;
            var stored = Stopwatch.GetElapsedTime(started);
            var cpu = server.ProcessorTime - cpuBefore;

            var sent = exports * batch;
            Console.WriteLine(
                $"{sent} data points ({histograms} histograms in each export of {batch}; {bodies[^1].Length} bytes) became {samples} samples: acknowledged in {acknowledged.TotalSeconds:F2} s, stored in {stored.TotalSeconds:F2} s.");
            Console.WriteLine(JsonSerializer.Serialize(new
            {
                points_per_s = Math.Round(sent / stored.TotalSeconds),
                samples_per_s = Math.Round(samples / stored.TotalSeconds),
                ack_p50_ms = Percentile(acks, 0.50),
                ack_p99_ms = Percentile(acks, 0.99),
                rss_mb = Math.Round(server.ResidentBytes.Peak / 1048576.0, 1),
                cpu_s_per_million = Math.Round(cpu.TotalSeconds * 1_000_000 / sent, 2),
                store = postgres is null ? "sqlite" : "postgres",
                acknowledged_per_s = Math.Round(sent / acknowledged.TotalSeconds),
                batch,
                histograms,
                connections,
                processors = Environment.ProcessorCount,
            }));
            return 0;
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    /// <summary>Exports of a service that sends every ten seconds, and has just sent the last one.</summary>
    private static List<byte[]> Take(CapturedExports captured, int count)
    {
        var start = TimeProvider.System.GetUtcNow() - (Interval * count);
        var bodies = new List<byte[]>(count);
        for (var i = 0; i < count; i++)
        {
            var body = captured.Next(i);
            ExportClock.Set(body, start, start + (Interval * (i + 1)));
            bodies.Add(body);
        }

        return bodies;
    }

    private static Dictionary<string, string> Settings(string? postgres) => new(StringComparer.Ordinal)
    {
        // Only what is sent is counted.
        ["HOLDFAST_SOURCES"] = "",
        ["HOLDFAST_LOG_LEVEL"] = "information",
        ["HOLDFAST_POSTGRES"] = postgres ?? "",
    };

    /// <summary>Posts the bodies and returns how long each acknowledgement took, in milliseconds, ascending.</summary>
    private static async Task<double[]> SendAsync(HttpClient http, List<byte[]> bodies, int connections)
    {
        var acks = new double[bodies.Count];
        var next = -1;
        await Task.WhenAll(Enumerable.Range(0, connections).Select(async _ =>
        {
            for (var i = Interlocked.Increment(ref next); i < bodies.Count; i = Interlocked.Increment(ref next))
            {
                acks[i] = await PostAsync(http, bodies[i]);
            }
        }));
        Array.Sort(acks);
        return acks;
    }

    private static async Task<double> PostAsync(HttpClient http, byte[] body)
    {
        var started = Stopwatch.GetTimestamp();
        using var content = new ByteArrayContent(body);
        content.Headers.ContentType = Protobuf;
        using var answer = await http.PostAsync(new Uri("v1/metrics", UriKind.Relative), content);
        var text = await answer.Content.ReadAsStringAsync();
        return answer.IsSuccessStatusCode && text.Length == 0
            ? Stopwatch.GetElapsedTime(started).TotalMilliseconds
            : throw new InvalidOperationException($"An export was answered {(int)answer.StatusCode}: {text}");
    }

    /// <summary>Waits until everything is stored, and returns how many samples that are.</summary>
    private static async Task<long> DoneAsync(HttpClient http)
    {
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            var ledger = await http.GetFromJsonAsync<JsonElement>(new Uri("api/ledger", UriKind.Relative));
            var terms = ledger.GetProperty("samples");
            var stored = terms.GetProperty("stored").GetInt64();
            if (stored == terms.GetProperty("received").GetInt64() && terms.GetProperty("spooled").GetInt64() == 0 && ledger.GetProperty("error").GetInt64() == 0)
            {
                return stored;
            }

            if (Stopwatch.GetElapsedTime(started) > DonePatience)
            {
                throw new TimeoutException($"Everything was acknowledged, but the ledger reads {ledger}.");
            }

            await Task.Delay(10);
        }
    }

    private static double Percentile(double[] sorted, double fraction) =>
        Math.Round(sorted[(int)Math.Min(sorted.Length - 1, Math.Ceiling(fraction * sorted.Length) - 1)], 2);
}
