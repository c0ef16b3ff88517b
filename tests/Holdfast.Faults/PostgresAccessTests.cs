using Holdfast.Faults.Support;
using Holdfast.Flags;
using Holdfast.Storage.Tests.Support;

namespace Holdfast.Faults;

/// <summary>The database does not let the server in. Mended on its side, without a restart of the server.</summary>
public sealed class PostgresAccessTests(FaultPostgres postgres, FaultReport report) : PostgresFaults(postgres, report)
{
    [Fact(Timeout = TimeoutMs)]
    public async Task A_wrong_password_is_said_and_what_was_taken_is_stored_when_it_is_right()
    {
        await using var scene = await SceneAsync();
        var (server, name) = (scene.Database!.Server, scene.Database.Name);
        scene.Settings[FlagNames.Postgres] = server.TcpConnectionString(name, name, "another one");
        await scene.StartAsync(TestContext.Current.CancellationToken);

        await SurviveAsync("wrong password at the start", scene, async stop =>
        {
            await scene.Server.WhenSaysAsync($"does not accept the password of {name}", stop);
            await TakesDataWithoutStoreAsync(scene, stop);
            await scene.Database.AdministerAsync($"ALTER ROLE {name} PASSWORD 'another one'");
        });

        scene.Server.Log.ShouldNotContain("another one", customMessage: "passwords are nobody's business");
    }

    [Fact(Timeout = TimeoutMs)]
    public async Task A_database_that_does_not_exist_is_said_and_gets_everything_when_it_does()
    {
        await using var scene = new Scene { Database = await Postgres.NoDatabaseAsync() };
        await scene.StartAsync(TestContext.Current.CancellationToken);

        await SurviveAsync("no such database at the start", scene, async stop =>
        {
            await scene.Server.WhenSaysAsync($"has no database {scene.Database!.Name}", stop);
            await TakesDataWithoutStoreAsync(scene, stop);
            await scene.Database.CreateAsync();
        });
    }

    [Fact(Timeout = TimeoutMs)]
    public async Task A_login_that_is_locked_out_under_load_gets_everything_in_when_it_is_let_in()
    {
        await using var scene = await SceneAsync();
        var name = scene.Database!.Name;
        await scene.StartAsync(TestContext.Current.CancellationToken);

        await SurviveAsync("password changed under load", scene, async stop =>
        {
            await scene.Database.AdministerAsync($"ALTER ROLE {name} PASSWORD 'another one'");
            await scene.Database.ReadAsync<bool>("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'holdfast'");
            await TakesDataWithoutStoreAsync(scene, stop);
            await scene.Database.AdministerAsync($"ALTER ROLE {name} PASSWORD '{PostgresServer.Password}'");
        });
    }
}
