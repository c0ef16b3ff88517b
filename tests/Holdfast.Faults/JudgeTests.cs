using Holdfast.Faults.Support;
using Holdfast.Flags;

namespace Holdfast.Faults;

/// <summary>A judge that never finds anything proves nothing: here it has to.</summary>
public sealed class JudgeTests
{
    private const int TimeoutMs = 120_000;

    [Fact(Timeout = TimeoutMs)]
    public async Task What_only_memory_held_is_found_missing_after_a_kill()
    {
        var stop = TestContext.Current.CancellationToken;
        await using var scene = new Scene();
        scene.Settings[FlagNames.Durability] = "memory";
        await scene.StartAsync(stop);
        using (StoreLock.Take(scene.Directory))
        {
            await scene.PostAsync(parcels: 5, eventsEach: 20);
            await scene.KillAsync(stop);
        }

        await scene.StartAsync(stop);
        var verdict = await scene.JudgeAsync(stop);

        verdict.Missing.ShouldBe(100);
    }

    [Fact(Timeout = TimeoutMs)]
    public async Task Events_that_are_gone_changed_doubled_or_nobodys_are_found()
    {
        var stop = TestContext.Current.CancellationToken;
        await using var scene = new Scene();
        await scene.StartAsync(stop);
        await scene.PostAsync(parcels: 1, eventsEach: 10);
        await scene.Api.WhenSettledAsync(stop);

        StoreFile.Execute(
            scene.Directory,
            """
            delete from monitoring_events where json_extract(data, '$.number') = 1;
            update monitoring_events set data = json_set(data, '$.text', 'changed') where json_extract(data, '$.number') = 2;
            insert into monitoring_events
              select position + 1000, id, event_type, timestamp, source, data, metadata, category, received_at from monitoring_events where json_extract(data, '$.number') = 3;
            insert into monitoring_events
              select position + 2000, randomblob(16), event_type, timestamp, source, data, metadata, category, received_at from monitoring_events where json_extract(data, '$.number') = 4
            """);
        var verdict = await scene.JudgeAsync(stop);

        (verdict.Missing, verdict.Altered, verdict.Duplicates, verdict.Foreign).ShouldBe((1, 1, 1, 1), verdict.ToString());
        verdict.Unaccounted.ShouldBe(1, "11 in the list, 10 in the ledger");
    }
}
