using Holdfast.Faults.Support;
using Holdfast.Flags;
using Holdfast.Storage.Tests.Support;

namespace Holdfast.Faults;

/// <summary>The database is away, goes away, or its connections do.</summary>
public sealed class PostgresOutageTests(FaultPostgres postgres, FaultReport report) : PostgresFaults(postgres, report)
{
    private static readonly string[] WaysToStop = ["fast", "immediate"];
    private static readonly TimeSpan CutFor = TimeSpan.FromSeconds(Scale.Of(2, 15));

    [Fact(Timeout = TimeoutMs)]
    public async Task A_database_that_is_down_at_the_start_gets_its_schema_and_the_backlog_when_it_comes()
    {
        await using var scene = await SceneAsync();
        await scene.Database!.Server.StopAsync();
        await scene.StartAsync(TestContext.Current.CancellationToken);

        await SurviveAsync("down at the start", scene, async stop =>
        {
            await scene.Server.WhenSaysAsync("Start PostgreSQL, or correct host and port in HOLDFAST_POSTGRES", stop);
            await TakesDataWithoutStoreAsync(scene, stop);
            await scene.Database.Server.StartAgainAsync();
        });
    }

    [Fact(Timeout = TimeoutMs)]
    public async Task A_database_that_is_stopped_and_started_twice_misses_nothing()
    {
        await using var scene = await SceneAsync();
        await scene.StartAsync(TestContext.Current.CancellationToken);

        await SurviveAsync("stopped and started twice", scene, runs: 2, trouble: async stop =>
        {
            foreach (var how in WaysToStop)
            {
                await scene.Database!.Server.StopAsync(how);
                await TakesDataWithoutStoreAsync(scene, stop);
                await scene.Database.Server.StartAgainAsync();
                await scene.Api.WhenHealthAsync("pass", stop);
            }
        });
    }

    [Fact(Timeout = TimeoutMs)]
    public async Task The_newest_supported_server_misses_nothing_either()
    {
        await using var scene = new Scene { Database = await Postgres.NewestDatabaseAsync() };
        await scene.StartAsync(TestContext.Current.CancellationToken);

        await SurviveAsync("18, stopped and started", scene, async stop =>
        {
            await scene.Database!.Server.StopAsync("immediate");
            await TakesDataWithoutStoreAsync(scene, stop);
            await scene.Database.Server.StartAgainAsync();
        });
    }

    [Fact(Timeout = TimeoutMs)]
    public async Task A_database_that_is_stopped_in_the_middle_of_a_copy_has_all_of_it_or_nothing()
    {
        await using var scene = await SceneAsync();
        await scene.StartAsync(TestContext.Current.CancellationToken);

        await SurviveAsync("stopped in the middle of COPY", scene, async stop =>
        {
            await using var slow = await SlowTable.MakeAsync(scene.Database!);
            await scene.PostAsync(parcels: 2, eventsEach: 5_000);
            await slow.WhenCopyingAsync(stop);
            await scene.Database!.Server.StopAsync("immediate");
            await TakesDataWithoutStoreAsync(scene, stop);
            await scene.Database.Server.StartAgainAsync();
        });
    }

    [Fact(Timeout = TimeoutMs)]
    public async Task A_database_whose_processes_are_killed_misses_nothing()
    {
        var kills = Scale.Of(1, 5);
        await using var scene = await SceneAsync();
        await scene.StartAsync(TestContext.Current.CancellationToken);

        await SurviveAsync("kill -9 of all its processes", scene, runs: kills, trouble: async stop =>
        {
            for (var kill = 0; kill < kills; kill++)
            {
                await scene.Database!.Server.KillAsync();
                await TakesDataWithoutStoreAsync(scene, stop);
                await scene.Database.Server.StartAgainAsync();
                await scene.Api.WhenHealthAsync("pass", stop);
            }
        });
    }

    [Fact(Timeout = TimeoutMs)]
    public async Task A_killed_backend_which_takes_all_others_with_it_costs_nothing()
    {
        var kills = Scale.Of(2, 10);
        await using var scene = await SceneAsync();
        await scene.StartAsync(TestContext.Current.CancellationToken);

        await SurviveAsync("kill -9 of a backend", scene, runs: kills, trouble: async stop =>
        {
            for (var kill = 0; kill < kills; kill++)
            {
                var backend = (await scene.Database!.ReadAsync<int>("SELECT pid FROM pg_stat_activity WHERE application_name = 'holdfast' LIMIT 1"))[0];
                await PostgresServer.KillProcessAsync(backend);
                await TakesDataWithoutStoreAsync(scene, stop);
                await scene.Api.WhenHealthAsync("pass", stop);
            }
        });
    }

    [Fact(Timeout = TimeoutMs)]
    public async Task Connections_that_are_terminated_every_second_cost_nothing()
    {
        var rounds = Scale.Of(4, 20);
        await using var scene = await SceneAsync();
        await scene.StartAsync(TestContext.Current.CancellationToken);

        await SurviveAsync("pg_terminate_backend every second", scene, runs: rounds, trouble: async stop =>
        {
            using var everySecond = new PeriodicTimer(TimeSpan.FromSeconds(1));
            for (var round = 0; round < rounds; round++)
            {
                await scene.Database!.ReadAsync<bool>("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'holdfast'");
                await everySecond.WaitForNextTickAsync(stop);
            }
        });
    }

    [Fact(Timeout = TimeoutMs)]
    public async Task A_network_that_swallows_everything_costs_nothing()
    {
        await using var scene = await SceneAsync();
        await using var network = new CutProxy(scene.Database!.Server.Port);
        scene.Settings[FlagNames.Postgres] = scene.Database.ConnectionStringBy(network.Port);
        await scene.StartAsync(TestContext.Current.CancellationToken);

        await SurviveAsync("network cut, connections stay open", scene, async stop =>
        {
            network.Cut();
            await scene.WhenMoreAcknowledgedAsync(Some, stop);
            await Task.Delay(CutFor, stop);
            network.Mend();
        });
    }

    [Fact(Timeout = TimeoutMs)]
    public async Task A_commit_whose_answer_is_lost_is_recognised()
    {
        var losses = Scale.Of(2, 20);
        await using var scene = await SceneAsync();
        await using var network = new SilentProxy(scene.Database!.Server.Port);
        scene.Settings[FlagNames.Postgres] = scene.Database.ConnectionStringBy(network.Port);
        await scene.StartAsync(TestContext.Current.CancellationToken);

        await SurviveAsync("answer to COMMIT lost", scene, runs: losses, trouble: async stop =>
        {
            for (var loss = 1; loss <= losses; loss++)
            {
                network.SwallowNextCommit();
                await network.WhenSwallowedAsync(loss, stop);
                await scene.Api.WhenHealthAsync("pass", stop);
            }
        });
    }
}
