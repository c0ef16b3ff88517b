namespace Holdfast.Sqlite.Spool;

/// <summary>Where a test gets between the writer and its file, to see groups, fill the disk or break it. Nothing is hooked in production.</summary>
internal sealed class SpoolHooks
{
    /// <summary>Before the transaction of a group begins. Runs on the writer's thread; what it throws is taken for an error of SQLite.</summary>
    public Action<SpoolFile>? BeforeGroup { get; set; }

    /// <summary>After a group has been written, before it is committed.</summary>
    public Action<SpoolFile>? BeforeCommit { get; set; }

    /// <summary>Before the mark is written.</summary>
    public Action? BeforeMark { get; set; }

    /// <summary>After a group has been acknowledged.</summary>
    public Action? BeforeHousekeeping { get; set; }
}
