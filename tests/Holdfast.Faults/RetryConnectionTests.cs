using System.Diagnostics;
using Holdfast.Faults.Support;
using Holdfast.Flags;

namespace Holdfast.Faults;

/// <summary>Many workers share few connections: none of them fails for want of one, and whatever else the server does goes on.</summary>
public sealed class RetryConnectionTests(FaultPostgres postgres, FaultReport report) : RetryFaults(postgres, report)
{
    private const int Workers = 50;
    private const int Connections = 5;

    // Beside those: 4 of the queue, 2 for the statements that it executes, 3 of the flags, 3 of the keys, 2 of what people keep, and 3 that listen.
    private const int AllConnections = Connections + 4 + 2 + 3 + 3 + 2 + 3;

    // Long enough that the last of the workers would wait for longer than the driver does.
    private const string Slow = """{"sql": "SELECT pg_sleep(0.3)"}""";

    [Fact(Timeout = TimeoutMs)]
    public async Task Fifty_workers_on_five_connections_spend_no_attempt_on_waiting_and_leave_room_for_others()
    {
        var (callbacks, statements) = (Scale.Of(3_000, 50_000), Scale.Of(40, 500));
        var stop = TestContext.Current.CancellationToken;
        await using var scene = await SceneAsync("busy");
        var server = scene["busy"];
        server.Settings[FlagNames.Postgres] = $"{scene.Database.ConnectionString};Maximum Pool Size={Connections}";
        server.Settings[FlagNames.RetryWorkerCount] = $"{Workers}";
        await server.StartAsync(stop);
        using var api = new ServerApi(server.Process.Address);
        await api.WhenHealthAsync("pass", stop);
        await scene.Database.AdministerAsync($"ALTER ROLE {scene.Database.Name} CONNECTION LIMIT {AllConnections}");

        await EnqueueSlowAsync(scene.Database, statements);
        await scene.Producer.EnqueueAsync(server, callbacks, stop);
        var slowest = await UseAsync(api, scene.WhenDrainedAsync(stop), stop);

        var history = await scene.HistoryAsync();
        var verdict = scene.Judge(history.Of(scene.Producer.Committed.ToHashSet()));
        TestContext.Current.TestOutputHelper?.WriteLine($"the slowest answer took {slowest.TotalMilliseconds:F0} ms");
        Report.Add($"{Workers} workers on {Connections} connections", 1, verdict, new RetryTimes { StaleRefused = await scene.StaleRefusedAsync(stop) });
        verdict.ShouldBeDone();
        history.Lines.Where(line => line.Kind is not ("completed" or "snoozed")).ShouldBeEmpty();
        history.Lines.Count(line => line.Kind == "completed").ShouldBe(callbacks + statements);
        server.Process.Log.Split('\n').Where(line => line.Contains("connection", StringComparison.OrdinalIgnoreCase)).ShouldBeEmpty();
    }

    /// <summary>They come from nowhere but the application itself, whose way in is the database.</summary>
    private static Task EnqueueSlowAsync(FaultDatabase database, int statements) => database.ExecuteAsync(
        $$"""
        SELECT holdfast.enqueue_retries(
          array_agg(gen_random_uuid()), array_agg('sql_operation'::text), array_agg(''::text), array_agg('{{Slow}}'::text), array_agg(0),
          array_agg(0::bigint), array_agg(NULL::text), array_agg(NULL::text), array_agg(NULL::text), array_agg('{}'::text), array_agg(3),
          array_agg(interval '15 seconds'), array_agg(interval '0'), array_agg(NULL::text))
        FROM generate_series(1, {{statements}})
        """);

    /// <summary>Uses the server for what else it is there for until the drain is over; returns the longest time that an answer took.</summary>
    private static async Task<TimeSpan> UseAsync(ServerApi api, Task draining, CancellationToken stop)
    {
        var slowest = TimeSpan.Zero;
        while (!draining.IsCompleted)
        {
            var asked = Stopwatch.GetTimestamp();
            await api.LedgerAsync(stop);
            (await api.HealthAsync(stop)).ShouldBe("pass");
            slowest = TimeSpan.FromTicks(Math.Max(slowest.Ticks, Stopwatch.GetElapsedTime(asked).Ticks));
            await Task.Delay(TimeSpan.FromMilliseconds(20), stop);
        }

        await draining;
        return slowest;
    }
}
