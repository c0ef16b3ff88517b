using Holdfast.Spool;
using Microsoft.Extensions.Logging;

namespace Holdfast.Sqlite.Spool;

/// <summary>What every part of one spool works with.</summary>
internal sealed record SpoolEnvironment(
    SpoolPaths Paths, SpoolDurability Durability, SpoolOptions Options, TimeProvider Time, ILogger Logger, SpoolHooks Hooks)
{
    /// <summary>In mode memory the waiting batches are in memory, so its budget is theirs.</summary>
    public long LiveBytesMax => Durability == SpoolDurability.Memory ? Math.Min(Options.DiskBytesMax, Options.MemoryBytesMax) : Options.DiskBytesMax;

    /// <summary>Parked rows have a quarter of their own, so that they never make the spool refuse events.</summary>
    public long ParkedBytesMax => LiveBytesMax / 4;

    /// <summary>Half of the memory is for appends on their way to the disk.</summary>
    public long QueuedBytesMax => Options.MemoryBytesMax / 2;

    /// <summary>The other half keeps the newest batches; in mode memory they are in memory anyway.</summary>
    public long RecentBytesMax => Durability == SpoolDurability.Memory ? 0 : Options.MemoryBytesMax / 2;
}
