using Holdfast.Flags;
using Holdfast.Rollout;
using Holdfast.Storage.Tests.Flags;
using Holdfast.Storage.Tests.Support;

namespace Holdfast.Storage.Tests.Postgres;

public class PostgresFlagBellTests(PostgresServers servers) : PostgresFixture(servers)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task A_change_at_one_node_reaches_another_by_the_bell()
    {
        await using var here = PostgresFlags.Store(Database);
        await using var there = PostgresFlags.Store(Database);
        await here.OpenAsync(CancellationToken.None);
        using var writer = new FlagNode(here, TimeProvider.System);
        using var reader = new FlagNode(there, TimeProvider.System, there.Bell);
        using var stop = new CancellationTokenSource();
        using var seen = new SemaphoreSlim(0);
        using var changes = reader.Flags.OnChange(_ => seen.Release());
        var running = reader.Keeper.RunAsync(stop.Token);
        SpinWait.SpinUntil(() => there.Bell.IsHeard && reader.Keeper.IsCurrent, Patience).ShouldBeTrue();

        await writer.PutValueAsync(FlagNames.BatchSize, "250");

        // Far less than the look that would find it without a bell.
        (await seen.WaitAsync(FlagKeeper.RarePoll / 2)).ShouldBeTrue();
        reader.Flags.GetInt(FlagNames.BatchSize).ShouldBe(250);
        await stop.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(running.WaitAsync(Patience));
    }

    [Fact]
    public async Task A_connection_that_breaks_is_made_again_and_heard_again()
    {
        await using var store = PostgresFlags.Store(Database);
        await store.OpenAsync(CancellationToken.None);
        using var stop = new CancellationTokenSource();
        using var rung = new SemaphoreSlim(0);
        var listening = store.Bell.ListenAsync(() => rung.Release(), stop.Token);
        (await rung.WaitAsync(Patience)).ShouldBeTrue();

        Database.Execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND datname = current_database()");

        (await rung.WaitAsync(Patience)).ShouldBeTrue();
        SpinWait.SpinUntil(() => store.Bell.IsHeard, Patience).ShouldBeTrue();
        await stop.CancelAsync();
        await listening.WaitAsync(Patience);
    }
}
