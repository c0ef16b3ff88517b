using System.Net;
using Holdfast.Faults.Support;
using Holdfast.Flags;

namespace Holdfast.Faults;

/// <summary>
/// An operation puts back thousands of failed items, another as many dead letters, and the server that drives them is killed again and
/// again: each item is put back once, and the operations end with all of them.
/// </summary>
public sealed class RetryOperationTests(FaultPostgres postgres, FaultReport report) : RetryFaults(postgres, report)
{
    // As long as the longest lease, and then some.
    private static readonly TimeSpan Lapse = TimeSpan.FromSeconds(20);

    private static readonly int Kills = Scale.Of(2, 8);
    private static readonly int Items = Scale.Of(1_500, 20_000);
    private static readonly int Letters = Scale.Of(40, 60);
    private static readonly int ItemsPerSecond = Items / Scale.Of(4, 30);
    private static readonly int LettersPerSecond = Letters / Scale.Of(4, 30);

    private readonly Obligations _events = new();

    [Fact(Timeout = TimeoutMs)]
    public async Task Operations_whose_server_is_killed_over_and_over_lose_and_double_nothing()
    {
        var stop = TestContext.Current.CancellationToken;
        await using var scene = await SceneAsync("only");
        scene["only"].Settings[FlagNames.RetryPolicies] = """{"http_callback": {"break_after_failures": 0}}""";
        await scene["only"].StartAsync(stop);
        await FailItemsAsync(scene, stop);
        await FailRowsAsync(scene, stop);

        var api = new OperationsApi(scene["only"]);
        Guid[] operations = [await api.ReplayAllAsync("retries", ItemsPerSecond, stop), await api.ReplayAllAsync("dead_letters", LettersPerSecond, stop)];
        await PauseAcrossRestartAsync(scene, api, operations, stop);
        for (var kill = 1; kill <= Kills; kill++)
        {
            await api.WhenAsync(operations[0], operation => operation.Taken > Items * kill / (Kills + 1), stop);
            scene["only"].Process.Kill();
            await ComeBackAsync(scene, stop);
        }

        await Task.WhenAll(operations.Select(id => api.WhenAsync(id, operation => operation.State == "completed", stop)));
        await scene.WhenDrainedAsync(stop);

        await JudgeItemsAsync(scene, await api.GetAsync(operations[0], stop), stop);
        await JudgeRowsAsync(scene, await api.GetAsync(operations[1], stop), stop);
    }

    /// <summary>Items that a target refuses, and would not any more.</summary>
    private static async Task FailItemsAsync(RetryScene scene, CancellationToken stop)
    {
        (scene.Target.Answer, scene.Target.Takes) = (HttpStatusCode.BadRequest, TimeSpan.FromMilliseconds(1));
        await scene.Producer.EnqueueAsync(scene["only"], Items, stop);
        await scene.WhenDrainedAsync(stop);
        scene.Target.Answer = HttpStatusCode.OK;
    }

    /// <summary>Rows that the schema refuses, and would not any more.</summary>
    private async Task FailRowsAsync(RetryScene scene, CancellationToken stop)
    {
        // Of many refused rows the schema would be suspected.
        const int Neighbours = 50;
        using var api = new ServerApi(scene["only"].Process.Address);
        await scene.Database.ExecuteAsync("ALTER TABLE monitoring.monitoring_events ADD CONSTRAINT no_poison CHECK (NOT data ? 'refused') NOT VALID");
        var producer = new Producer(_events, new ProducerOptions
        {
            Seed = 0,
            Taint = (json, number) =>
            {
                if (number % Neighbours == 0)
                {
                    json.WriteBoolean("refused", true);
                }
            },
        });
        await producer.PostAsync(scene["only"].Process.Address, parcels: Letters * Neighbours / 500, eventsEach: 500);
        while ((await api.LedgerAsync(stop)).Events.DeadLettered < Letters)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(50), stop);
        }

        await scene.Database.ExecuteAsync("ALTER TABLE monitoring.monitoring_events DROP CONSTRAINT no_poison");
    }

    /// <summary>The leases of the one that is gone are over when it starts again: waiting for them is not what is tried here.</summary>
    private static async Task ComeBackAsync(RetryScene scene, CancellationToken stop)
    {
        await scene.MoveClockAsync(Lapse);

        // By itself it would try the letters too, sooner or later.
        scene["only"].Settings[FlagNames.DeadLetters] = "false";
        await scene["only"].StartAsync(stop);
    }

    private static async Task PauseAcrossRestartAsync(RetryScene scene, OperationsApi api, Guid[] operations, CancellationToken stop)
    {
        foreach (var id in operations)
        {
            await api.WhenAsync(id, operation => operation.Taken > 0, stop);
            (await api.PauseAsync(id, stop)).State.ShouldBe("paused");
        }

        scene["only"].Process.Terminate();
        await scene["only"].Process.WaitForExitAsync(stop);
        var paused = await Task.WhenAll(operations.Select(id => TakenAsync(scene, id)));
        await ComeBackAsync(scene, stop);

        // The server does other work, and these stay where they are.
        await scene.Producer.EnqueueAsync(scene["only"], 100, stop);
        await scene.WhenDrainedAsync(stop);
        (await Task.WhenAll(operations.Select(id => TakenAsync(scene, id)))).ShouldBe(paused);
        foreach (var id in operations)
        {
            (await api.ResumeAsync(id, stop)).State.ShouldBe("running");
        }
    }

    private static async Task<long> TakenAsync(RetryScene scene, Guid id) => (await scene.Database.ReadAsync<long>($"SELECT taken FROM holdfast.operations WHERE id = '{id}'"))[0];

    private async Task JudgeItemsAsync(RetryScene scene, OperationReading operation, CancellationToken stop)
    {
        var history = await scene.HistoryAsync();
        var verdict = scene.Judge(history);
        Report.Add("operation over retries, kill -9 of its server", Kills, verdict, new RetryTimes { StaleRefused = await scene.StaleRefusedAsync(stop) });
        verdict.ShouldBeDone();
        history.Lines.Count(line => line.Kind == "requeued").ShouldBe(Items);
        operation.ShouldBe(operation with { Matched = Items, Taken = Items, Succeeded = Items, Failed = 0, Skipped = 0 });
    }

    private async Task JudgeRowsAsync(RetryScene scene, OperationReading operation, CancellationToken stop)
    {
        using var api = new ServerApi(scene["only"].Process.Address);
        var verdict = await Judge.DecideAsync(api, _events, scene.Database, stop);
        Report.Add("PostgreSQL: operation over dead letters, kill -9 of its server", Kills, verdict, []);
        verdict.ShouldBeExact("operation over dead letters");
        operation.ShouldBe(operation with { Matched = Letters, Succeeded = operation.Taken, Failed = 0, Skipped = 0 });

        // What comes of letters is counted in the operation itself, after a portion is done: a kill between the two leaves that portion out.
        operation.Taken.ShouldBeInRange(Letters - (Kills * LettersPerSecond), Letters);
    }
}
