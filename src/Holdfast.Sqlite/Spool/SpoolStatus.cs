using Holdfast.Spool;

namespace Holdfast.Sqlite.Spool;

/// <summary>The spool as of the last commit. Immutable; the writer puts a new one in place, anyone reads.</summary>
internal sealed record SpoolStatus(Guid SpoolId, SpoolCounters Counters)
{
    public TimeSpan LastCommitDuration { get; init; }
    public DrainRate DrainRate { get; init; }

    /// <summary>Transactions since the spool was opened.</summary>
    public long Commits { get; init; }

    /// <summary>How often the file has been opened: tells one file from the one that replaced it.</summary>
    public int Opened { get; init; } = 1;

    /// <summary>Whether the file is no longer the one under its name: then only the open connection leads to it.</summary>
    public bool Moved { get; init; }

    /// <summary>Why the file cannot be written; null when it can.</summary>
    public string? Fault { get; init; }
}
