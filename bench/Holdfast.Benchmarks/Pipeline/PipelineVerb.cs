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
        var plan = PipelinePlan.Of(arguments);
        var directory = Directory.CreateTempSubdirectory("holdfast-bench-").FullName;
        try
        {
            await using var server = await ServerProcess.StartAsync(directory, Settings(plan.Postgres));
            using var http = new HttpClient { BaseAddress = server.Address };

            // Files are grown and hot code is compiled a second time before anything is timed; what these posts leave is part of the ledger.
            await new Load(server.Address, plan.Batch, plan.Bytes).RunAsync(plan.Warm, plan.Connections, 0);
            await DoneAsync(http, plan.Warm);

            var rounds = new List<PipelineRound>();
            for (var round = 1; round <= plan.Rounds; round++)
            {
                rounds.Add(await RoundAsync(plan, server, http, plan.Warm + ((long)round * plan.Events), directory));
            }

            PipelineReport.Print(plan, rounds, server.ResidentBytes.Peak);
            return 0;
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    /// <summary>The events through the server and, where there is a database to do it with, the same rows by COPY at once behind them.</summary>
    private static async Task<PipelineRound> RoundAsync(PipelinePlan plan, ServerProcess server, HttpClient http, long total, string directory)
    {
        var load = new Load(server.Address, plan.Batch, plan.Bytes);
        var cpuBefore = server.ProcessorTime;
        var started = Stopwatch.GetTimestamp();
        await load.RunAsync(plan.Events, plan.Connections, plan.Rate);
        var acknowledged = Stopwatch.GetElapsedTime(started);
        await DoneAsync(http, total);
        var stored = Stopwatch.GetElapsedTime(started);
        var cpu = server.ProcessorTime - cpuBefore;
        double? copied = plan.Postgres is { } database ? await BareCopy.RunAsync(database, plan.Events, directory) : null;
        return new PipelineRound(load.AckMilliseconds, plan.Events / acknowledged.TotalSeconds, plan.Events / stored.TotalSeconds, cpu, copied);
    }

    private static Dictionary<string, string> Settings(string? postgres) => new(StringComparer.Ordinal)
    {
        ["HOLDFAST_LOG_LEVEL"] = "information",
        ["HOLDFAST_POSTGRES"] = postgres ?? "",
    };

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
}
