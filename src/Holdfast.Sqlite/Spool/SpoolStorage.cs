using Holdfast.Spool;
using Holdfast.Sqlite.Native;

namespace Holdfast.Sqlite.Spool;

/// <summary>Where the writer's file comes from, and where it goes at the end.</summary>
internal abstract class SpoolStorage(SpoolRecovery recovery)
{
    protected SpoolRecovery Recovery { get; } = recovery;

    /// <summary>Whether a file that cannot be trusted any more may be opened again: everything it holds is on disk.</summary>
    public abstract bool CanReopen { get; }

    /// <summary>Opens the file, whatever state it is in. <see cref="SpoolRecovery.Open"/> tells the parameters.</summary>
    public abstract SpoolFile Open(SpoolMark? mark, IReadOnlyList<NumberedBatch> remembered, string? damage, bool leaps);

    /// <summary>The name of a file that is no longer the one that was opened; null while all are in place. Safe for any thread.</summary>
    public abstract string? FindMoved();

    /// <summary>Leaves the file complete on disk. Returns where, when that is not its own place.</summary>
    public abstract string? Close(SpoolFile file);
}

/// <summary>Modes durable and process: the file is on disk all the time.</summary>
internal sealed class DiskStorage(SpoolRecovery recovery, SpoolPaths paths, TimeProvider time) : SpoolStorage(recovery)
{
    private volatile FileWatch? _watch;

    public override bool CanReopen => true;

    public override SpoolFile Open(SpoolMark? mark, IReadOnlyList<NumberedBatch> remembered, string? damage, bool leaps)
    {
        var file = Recovery.Open(mark, remembered, damage, leaps);

        // After a sync that failed nobody knows how much of the log is on disk. Moved into the database and synced there it is certain,
        // and the log begins anew.
        file.Database.Execute("pragma wal_checkpoint(truncate)");
        _watch = new FileWatch(paths.Database, paths.Log);
        return file;
    }

    public override string? FindMoved() => _watch?.FindMoved();

    public override string? Close(SpoolFile file)
    {
        using (file)
        {
            if (FindMoved() == paths.Database)
            {
                return Rescue(file);
            }

            file.Database.Execute("pragma wal_checkpoint(truncate)");
            return null;
        }
    }

    /// <summary>
    /// A file that has lost its name is gone with the process: what is in it is written into a new one. That takes the place of the old
    /// one unless another stands there.
    /// </summary>
    private string Rescue(SpoolFile file)
    {
        Directory.CreateDirectory(paths.Directory);
        var rescued = paths.Rescued(time.GetUtcNow());
        file.Database.Prepare("vacuum into ?1").Bind(1, rescued).Run();
        if (File.Exists(paths.Database))
        {
            return rescued;
        }

        SpoolPaths.Move(rescued, paths.Database);
        return paths.Database;
    }
}

/// <summary>
/// Mode memory: the file on disk is read at start and written at a clean end; in between everything is in memory. So a restart loses
/// nothing, and a kill loses what came since the start.
/// </summary>
internal sealed class MemoryStorage(SpoolRecovery recovery) : SpoolStorage(recovery)
{
    public override bool CanReopen => false;

    public override SpoolFile Open(SpoolMark? mark, IReadOnlyList<NumberedBatch> remembered, string? damage, bool leaps)
    {
        using var onDisk = Recovery.Open(mark, remembered, damage, leaps);
        var inMemory = SpoolFile.Create(":memory:", onDisk.SpoolId, SpoolDurability.Memory);
        inMemory.ReplaceWith(onDisk);
        return inMemory;
    }

    // Nothing goes to disk before the end, so until then nothing can go astray.
    public override string? FindMoved() => null;

    public override string? Close(SpoolFile file)
    {
        using (file)
        using (var onDisk = Recovery.Open(mark: null, []))
        {
            onDisk.ReplaceWith(file);
            return null;
        }
    }
}
