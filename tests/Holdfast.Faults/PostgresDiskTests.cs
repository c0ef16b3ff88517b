using Holdfast.Faults.Support;
using Holdfast.Storage.Tests.Support;

namespace Holdfast.Faults;

/// <summary>The disk of the database is full (a real one of a few megabytes): what comes waits in the spool until there is room.</summary>
public sealed class PostgresDiskTests(FaultPostgres postgres, FaultReport report) : PostgresFaults(postgres, report)
{
    private const int DiskMegabytes = 48;

    [Fact(Timeout = TimeoutMs)]
    public async Task A_full_disk_is_said_and_what_was_taken_is_stored_when_there_is_room()
    {
        var stop = TestContext.Current.CancellationToken;
        await using var disk = await DiskAsync(stop);
        await using var scene = new Scene { Database = await Postgres.NoDatabaseAsync() };
        await using var tablespace = await Tablespace.MakeAsync(scene.Database!, disk.Data);
        await scene.StartAsync(stop);

        await SurviveAsync("its disk full", scene, async _ =>
        {
            using var filled = CancellationTokenSource.CreateLinkedTokenSource(stop);
            var filling = disk.FillAsync(filled.Token);
            await scene.Server.WhenSaysAsync("The disk of PostgreSQL at", stop);
            await TakesDataWithoutStoreAsync(scene, stop);
            await filled.CancelAsync();
            await filling;
            disk.Free();
        });
    }

    [Fact(Timeout = TimeoutMs)]
    public async Task A_full_disk_of_its_log_ends_it_and_what_was_taken_is_stored_when_it_is_started_again()
    {
        var stop = TestContext.Current.CancellationToken;
        await using var disk = await DiskAsync(stop);
        PostgresBinaries.RequireOldest();
        await using var server = await PostgresServer.StartAsync(PostgresBinaries.Oldest, survivesKills: true, await LogDirectoryAsync(disk));
        await using var scene = new Scene { Database = await Postgres.MakeAsync(server) };

        // It tries again and again otherwise, and nobody could tell when it has given up.
        await scene.Database!.AdministerAsync("ALTER SYSTEM SET restart_after_crash = off");
        await scene.Database.AdministerAsync("SELECT pg_reload_conf()");
        await scene.StartAsync(stop);

        await SurviveAsync("the disk of its log full (PANIC)", scene, async _ =>
        {
            using var filled = CancellationTokenSource.CreateLinkedTokenSource(stop);
            var filling = disk.FillAsync(filled.Token);
            await WriteUntilAsync(server.WhenDownAsync(stop), scene);
            server.Log.ShouldContain("PANIC:");
            await TakesDataWithoutStoreAsync(scene, stop);
            await filled.CancelAsync();
            await filling;
            disk.Free();
            await server.StartAgainAsync();
        });
    }

    /// <summary>More than the load sends: what is left of the segment of the log has to be used up first.</summary>
    private static async Task WriteUntilAsync(Task down, Scene scene)
    {
        while (!down.IsCompleted)
        {
            await scene.PostAsync(parcels: 1, eventsEach: 2_000);
        }

        await down;
    }

    private static async Task<string> LogDirectoryAsync(SmallDisk disk)
    {
        Directory.CreateDirectory(disk.Data);
        await PostgresServer.GiveAwayAsync(disk.Data);
        return disk.Data;
    }

    private static async Task<SmallDisk> DiskAsync(CancellationToken stop)
    {
        var (disk, reason) = await SmallDisk.MountAsync(DiskMegabytes, stop);
        Assert.SkipWhen(disk is null, $"A small file system cannot be mounted here, which takes root: {reason}");
        return disk!;
    }
}
