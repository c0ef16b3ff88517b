using Holdfast.Faults.Support;

namespace Holdfast.Faults;

/// <summary>The disk of the database is full (a real one of a few megabytes, as a tablespace): what comes waits in the spool until there is room.</summary>
public sealed class PostgresDiskTests(FaultPostgres postgres, FaultReport report) : PostgresFaults(postgres, report)
{
    private const int DiskMegabytes = 48;

    [Fact(Timeout = TimeoutMs)]
    public async Task A_full_disk_is_said_and_what_was_taken_is_stored_when_there_is_room()
    {
        var stop = TestContext.Current.CancellationToken;
        var (disk, reason) = await SmallDisk.MountAsync(DiskMegabytes, stop);
        Assert.SkipWhen(disk is null, $"A small file system cannot be mounted here, which takes root: {reason}");
        await using var _ = disk;
        await using var scene = new Scene { Database = await Postgres.NoDatabaseAsync() };
        await using var tablespace = await Tablespace.MakeAsync(scene.Database!, disk!.Data);
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
}
