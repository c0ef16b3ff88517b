using Holdfast.Faults.Support;

namespace Holdfast.Faults;

/// <summary>Failed operations come while the database is away, and the server that took them is killed before it is back.</summary>
public sealed class RetrySpoolTests(FaultPostgres postgres, FaultReport report) : RetryFaults(postgres, report)
{
    private const int Items = 500;

    [Fact(Timeout = TimeoutMs)]
    public async Task What_was_taken_while_the_database_was_away_survives_a_kill_and_is_executed_once()
    {
        var stop = TestContext.Current.CancellationToken;
        await using var scene = await SceneAsync("only");
        var server = scene["only"];
        await server.StartAsync(stop);
        await scene.Producer.EnqueueAsync(server, Items, stop);
        await scene.Database.Server.StopAsync("immediate");
        await scene.Producer.EnqueueAsync(server, Items, stop);
        server.Process.Kill();
        await server.StartAsync(stop);
        await scene.Producer.EnqueueAsync(server, Items, stop);
        await scene.Database.Server.StartAgainAsync();
        var back = Now;
        await scene.WhenDrainedAsync(stop);

        var history = await scene.HistoryAsync();
        var verdict = scene.Judge(history);
        Report.Add("PostgreSQL down, kill -9, spooled meanwhile", 1, verdict, new RetryTimes { Resumed = [history.ResumedAfter(back)] });
        verdict.ShouldBeDone();
        (scene.Producer.Answered("created"), scene.Producer.Answered("spooled")).ShouldBe((Items, 2 * Items));
    }
}
