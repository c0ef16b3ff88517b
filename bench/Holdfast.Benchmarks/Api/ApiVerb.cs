using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Holdfast.Faults.Support;

namespace Holdfast.Benchmarks.Api;

/// <summary>
/// How fast the server answers those who ask how it does, at a steady rate, over the embedded store and with a database that takes connections
/// and says nothing. Answers are timed from when their request was due, so that a stall is not hidden.
/// </summary>
internal static class ApiVerb
{
    private static readonly string[] Paths = ["/status", "/flags/status", "/health", "/metrics", "/health/ready", "/health/live", "/api/health", "/api/components"];

    public static async Task<int> RunAsync(Arguments arguments)
    {
        var (rate, seconds) = (arguments.Int("rate", 200), arguments.Int("seconds", 20));
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start(backlog: 512);
        var database = $"Host=127.0.0.1;Port={((IPEndPoint)silent.LocalEndpoint).Port};Username=nobody;Password=none;Database=none";

        var embedded = await MeasureAsync("embedded", [], rate, seconds);
        var blackHoled = await MeasureAsync("database silent", new Dictionary<string, string> { ["HOLDFAST_POSTGRES"] = database }, rate, seconds);
        Console.WriteLine(JsonSerializer.Serialize(new Dictionary<string, object>(StringComparer.Ordinal)
        {
            ["rate"] = rate,
            ["seconds"] = seconds,
            ["embedded_p99_ms"] = embedded,
            ["silent_database_p99_ms"] = blackHoled,
            ["processors"] = Environment.ProcessorCount,
        }));
        return 0;
    }

    private static async Task<double> MeasureAsync(string what, Dictionary<string, string> environment, int rate, int seconds)
    {
        var directory = Directory.CreateTempSubdirectory("holdfast-bench-").FullName;
        try
        {
            await using var server = await ServerProcess.StartAsync(directory, environment);
            using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = server.Address };
            await AtRateAsync(http, rate, seconds: 5);
            var answers = await AtRateAsync(http, rate, seconds);
            foreach (var path in answers.GroupBy(answer => answer.Path))
            {
                Tell($"{what}: {path.Key}", [.. path.Select(answer => answer.Milliseconds)]);
            }

            Tell($"{what}: all", [.. answers.Select(answer => answer.Milliseconds)]);
            return Percentile([.. answers.Select(answer => answer.Milliseconds)], 0.99);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static async Task<IReadOnlyList<(string Path, double Milliseconds)>> AtRateAsync(HttpClient http, int rate, int seconds)
    {
        var started = Stopwatch.GetTimestamp();
        var under = new List<Task<(string, double)>>();
        for (var i = 0; i < rate * seconds; i++)
        {
            var due = TimeSpan.FromSeconds((double)i / rate);
            if (due - Stopwatch.GetElapsedTime(started) is { Ticks: > 0 } early)
            {
                await Task.Delay(early);
            }

            under.Add(AskAsync(http, Paths[i % Paths.Length], started + (long)(due.TotalSeconds * Stopwatch.Frequency)));
        }

        return await Task.WhenAll(under);
    }

    private static async Task<(string Path, double Milliseconds)> AskAsync(HttpClient http, string path, long due)
    {
        using var answer = await http.GetAsync(path);
        await answer.Content.ReadAsByteArrayAsync();
        answer.EnsureSuccessStatusCode();
        return (path, Stopwatch.GetElapsedTime(due).TotalMilliseconds);
    }

    private static void Tell(string what, double[] milliseconds) => Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture, $"{what}: p50 {Percentile(milliseconds, 0.5)} ms, p99 {Percentile(milliseconds, 0.99)} ms, max {Percentile(milliseconds, 1)} ms, {milliseconds.Length} answers"));

    private static double Percentile(double[] values, double share)
    {
        var sorted = values.Order().ToArray();
        return Math.Round(sorted[Math.Max(0, (int)Math.Ceiling(sorted.Length * share) - 1)], 1);
    }
}
