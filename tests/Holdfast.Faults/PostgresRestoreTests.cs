using System.Diagnostics;
using Holdfast.Faults.Support;
using Holdfast.Flags;
using Holdfast.Server;
using Holdfast.Storage.Tests.Support;

namespace Holdfast.Faults;

/// <summary>The database is not the one it was, or the data directory is not. What is gone is said, and nothing is stored twice.</summary>
public sealed class PostgresRestoreTests(FaultPostgres postgres, FaultReport report) : PostgresFaults(postgres, report)
{
    private const int EventsEach = 20;

    [Fact(Timeout = TimeoutMs)]
    public async Task A_database_restored_from_a_backup_is_reported_and_the_difference_counts_as_lost()
    {
        var stop = TestContext.Current.CancellationToken;
        await using var scene = await SceneAsync();
        await scene.StartAsync(stop);
        await StoreAsync(scene, parcels: 20, stop);
        (await scene.TerminateAsync(stop)).ShouldBe(ExitCodes.Clean);
        await scene.Database!.BackUpAsync();

        await scene.StartAsync(stop);
        await StoreAsync(scene, parcels: 15, stop);
        (await scene.TerminateAsync(stop)).ShouldBe(ExitCodes.Clean);
        await scene.Database!.RestoreAsync();

        var restarted = Stopwatch.GetTimestamp();
        await scene.StartAsync(stop);
        await ShouldHaveLostAsync(300, "restored from a backup, server stopped", scene, restarted, stop);
    }

    [Fact(Timeout = TimeoutMs)]
    public async Task A_database_restored_under_a_running_server_is_reported_too()
    {
        var stop = TestContext.Current.CancellationToken;
        await using var scene = await SceneAsync();
        await scene.StartAsync(stop);
        await StoreAsync(scene, parcels: 20, stop);
        await scene.Database!.BackUpAsync();
        await StoreAsync(scene, parcels: 15, stop);

        await scene.Database!.RestoreAsync();
        var restored = Stopwatch.GetTimestamp();

        await ShouldHaveLostAsync(300, "restored from a backup, server running", scene, restored, stop);
    }

    [Theory(Timeout = TimeoutMs)]
    [InlineData("server running", false)]
    [InlineData("server killed", true)]
    public async Task What_a_restored_database_misses_and_the_spool_still_has_is_stored_again(string how, bool killed)
    {
        var stop = TestContext.Current.CancellationToken;
        await using var scene = await SceneAsync();
        await using var network = Between(scene);
        await scene.StartAsync(stop);
        await StoreAsync(scene, parcels: 20, stop);
        await scene.Database!.BackUpAsync();

        // Committed, and nobody told the server: so it lets nothing go, and what comes now waits as well.
        network.FallSilentAfterCommitOf("order.placed"u8.ToArray());
        await scene.PostAsync(parcels: 15, EventsEach);
        await WhenCommittedAsync(network, stop);
        (await scene.Database.CountAsync()).Rows.ShouldBeGreaterThan(400, "it has more than its backup");
        await scene.Database.RestoreAsync();
        (await scene.Database.CountAsync()).Rows.ShouldBe(400);

        if (killed)
        {
            await scene.KillAsync(stop);
        }

        var mended = Stopwatch.GetTimestamp();
        network.SpeakAgain();
        if (killed)
        {
            await scene.StartAsync(stop);
        }

        await ShouldBeExactAsync($"restored, and the spool has the rest, {how}", scene, await scene.FirstStoreAsync(mended, stop));
    }

    [Fact(Timeout = TimeoutMs)]
    public async Task Of_what_a_restored_database_misses_only_that_is_lost_which_the_spool_has_let_go()
    {
        var stop = TestContext.Current.CancellationToken;
        await using var scene = await SceneAsync();
        await using var network = Between(scene);
        await scene.StartAsync(stop);
        await StoreAsync(scene, parcels: 20, stop);
        await scene.Database!.BackUpAsync();
        await StoreAsync(scene, parcels: 15, stop);
        network.FallSilentAfterCommitOf("order.placed"u8.ToArray());
        await scene.PostAsync(parcels: 10, EventsEach);
        await WhenCommittedAsync(network, stop);

        await scene.Database.RestoreAsync();
        network.SpeakAgain();

        await ShouldHaveLostAsync(300, "restored, and the spool has a part of the rest", scene, Stopwatch.GetTimestamp(), stop);
    }

    [Fact(Timeout = TimeoutMs)]
    public async Task A_database_that_is_dropped_and_made_anew_gets_its_schema_again_and_what_follows()
    {
        var stop = TestContext.Current.CancellationToken;
        await using var scene = await SceneAsync();
        await scene.StartAsync(stop);
        await StoreAsync(scene, parcels: 20, stop);
        await scene.Database!.AdministerAsync($"DROP DATABASE {scene.Database.Name} WITH (FORCE)");
        await scene.PostAsync(parcels: 10, EventsEach);
        await scene.Database.CreateAsync();

        var firstStore = await scene.FirstStoreAsync(Stopwatch.GetTimestamp(), stop);

        // What had been stored went with its database; of what came after it nothing did.
        var verdict = await scene.JudgeAsync(stop);
        Report.Add("PostgreSQL: dropped and made anew", 1, verdict, [firstStore]);
        (verdict.Missing, verdict.Found, verdict.Ledger.Events.Lost, verdict.Unaccounted, verdict.Duplicates).ShouldBe((400, 201, 0, 0, 0), verdict.ToString());
    }

    [Fact(Timeout = TimeoutMs)]
    public async Task A_new_data_directory_under_a_database_that_knows_the_old_one_stores_nothing_twice()
    {
        var stop = TestContext.Current.CancellationToken;
        await using var scene = await SceneAsync();
        await scene.StartAsync(stop);
        await StoreAsync(scene, parcels: 20, stop);
        (await scene.TerminateAsync(stop)).ShouldBe(ExitCodes.Clean);
        Directory.Delete(scene.Directory.Data, recursive: true);

        // A careful client does not know what became of its last requests, and sends them again.
        var restarted = Stopwatch.GetTimestamp();
        await scene.StartAsync(stop);
        await scene.Producer.RepeatAsync(scene.Server.Address, new Parcel(0, 10 * EventsEach));
        var firstStore = await scene.FirstStoreAsync(restarted, stop);

        var verdict = await scene.JudgeAsync(stop) with { OfAnotherSpool = 400 };
        Report.Add("PostgreSQL: data directory deleted", 1, verdict, [firstStore]);
        verdict.ShouldBeExact("data directory deleted");
        verdict.Ledger.Events.Duplicates.ShouldBe(200);
    }

    private static SilentProxy Between(Scene scene)
    {
        var network = new SilentProxy(scene.Database!.Server.Port);
        scene.Settings[FlagNames.Postgres] = scene.Database.ConnectionStringBy(network.Port);
        return network;
    }

    private static async Task WhenCommittedAsync(SilentProxy network, CancellationToken stop)
    {
        while (network.Swallowed == 0)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), stop);
        }
    }

    private static async Task StoreAsync(Scene scene, int parcels, CancellationToken stop)
    {
        await scene.PostAsync(parcels, EventsEach);
        await scene.Api.WhenSettledAsync(stop);
    }

    private async Task ShouldHaveLostAsync(long events, string fault, Scene scene, long since, CancellationToken stop)
    {
        var firstStore = await scene.FirstStoreAsync(since, stop);
        await scene.Server.WhenSaysAsync("The store is older than it was", stop);
        var verdict = await scene.JudgeAsync(stop);
        Report.Add($"PostgreSQL: {fault}", 1, verdict, [firstStore]);
        verdict.ShouldBeHonest(fault);
        (verdict.Missing, verdict.Ledger.Events.Lost).ShouldBe((events, events), verdict.ToString());
    }
}
