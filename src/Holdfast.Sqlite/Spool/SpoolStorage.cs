using Holdfast.Spool;

namespace Holdfast.Sqlite.Spool;

/// <summary>Where the writer's file comes from, and where it goes at the end.</summary>
internal abstract class SpoolStorage(SpoolRecovery recovery)
{
    protected SpoolRecovery Recovery { get; } = recovery;

    /// <summary>Whether a file that cannot be trusted any more may be opened again: everything it holds is on disk.</summary>
    public abstract bool CanReopen { get; }

    /// <summary>Opens the file, whatever state it is in. <see cref="SpoolRecovery.Open"/> tells the parameters.</summary>
    public abstract SpoolFile Open(SpoolMark? mark, IReadOnlyList<NumberedBatch> remembered, string? damage, bool leaps);

    /// <summary>Leaves the file complete on disk.</summary>
    public abstract void Close(SpoolFile file);
}

/// <summary>Modes durable and process: the file is on disk all the time.</summary>
internal sealed class DiskStorage(SpoolRecovery recovery) : SpoolStorage(recovery)
{
    public override bool CanReopen => true;

    public override SpoolFile Open(SpoolMark? mark, IReadOnlyList<NumberedBatch> remembered, string? damage, bool leaps)
    {
        var file = Recovery.Open(mark, remembered, damage, leaps);

        // After a sync that failed nobody knows how much of the log is on disk. Moved into the database and synced there it is certain,
        // and the log begins anew.
        file.Database.Execute("pragma wal_checkpoint(truncate)");
        return file;
    }

    public override void Close(SpoolFile file)
    {
        file.Database.Execute("pragma wal_checkpoint(truncate)");
        file.Dispose();
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

    public override void Close(SpoolFile file)
    {
        using (file)
        using (var onDisk = Recovery.Open(mark: null, []))
        {
            onDisk.ReplaceWith(file);
        }
    }
}
