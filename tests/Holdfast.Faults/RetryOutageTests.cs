using Holdfast.Faults.Support;

namespace Holdfast.Faults;

/// <summary>The database is away, or its connections are, while two servers drain a queue and a third party hands in more.</summary>
public sealed class RetryOutageTests(FaultPostgres postgres, FaultReport report) : RetryFaults(postgres, report)
{
    // More than both get through in a second: each round meets calls and outcomes under way.
    private const int BacklogOfRound = 900;
    private const int ItemsEach = 10;

    [Fact(Timeout = TimeoutMs)]
    public async Task Connections_that_are_terminated_every_second_cost_no_item()
    {
        await SurviveAsync("pg_terminate_backend every second", Scale.Of(4, 20), async (scene, stop) =>
        {
            await scene.Database.ReadAsync<bool>("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'holdfast'");
            return Now;
        });
    }

    [Fact(Timeout = TimeoutMs)]
    public async Task A_database_that_is_stopped_at_once_and_started_costs_no_item()
    {
        await SurviveAsync("PostgreSQL stopped at once and started", Scale.Of(2, 10), async (scene, stop) =>
        {
            await scene.Database.Server.StopAsync("immediate");
            await scene.Database.Server.StartAgainAsync();
            var end = Now;
            await scene.WhenMoreEndAsync(stop);
            return end;
        });
    }

    /// <param name="trouble">Does its harm, mends it, and says when that was.</param>
    private async Task SurviveAsync(string fault, int rounds, Func<RetryScene, CancellationToken, Task<DateTimeOffset>> trouble)
    {
        var stop = TestContext.Current.CancellationToken;
        await using var scene = await SceneAsync("one", "other");
        await scene.StartAsync(stop);
        await scene.Producer.EnqueueAsync(scene["one"], BacklogOfRound * rounds, stop);
        using var enough = new CancellationTokenSource();
        var producing = scene.Producer.RunAsync(scene["one"], ItemsEach, priority: 0, enough.Token, stop);

        var ends = new List<DateTimeOffset>();
        for (var round = 0; round < rounds; round++)
        {
            var next = Task.Delay(TimeSpan.FromSeconds(1), stop);
            ends.Add(await trouble(scene, stop));
            await next;
        }

        await enough.CancelAsync();
        await producing;
        await scene.WhenDrainedAsync(stop);

        var history = await scene.HistoryAsync();
        var verdict = scene.Judge(history);
        Report.Add(fault, rounds, verdict, new RetryTimes { Resumed = [.. ends.Select(history.ResumedAfter)], StaleRefused = await scene.StaleRefusedAsync(stop) });
        verdict.ShouldBeDone();
    }
}
