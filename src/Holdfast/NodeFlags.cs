using Holdfast.Flags;
using Holdfast.Lifecycle;
using Holdfast.Pipeline;
using Holdfast.Rollout;
using Microsoft.Extensions.Logging;

namespace Holdfast;

/// <summary>What flags say at run time: where it is kept, what keeps the process at it, and what people do to it.</summary>
internal sealed class NodeFlags : IAsyncDisposable
{
    public NodeFlags(FlagStorage storage, StorePipelines pipelines, FlagManager flags, AuditTrail audit, TimeProvider time, ILoggerFactory loggers)
    {
        var known = new KnownFlagsFile(Path.Combine(flags.GetString(FlagNames.Data), KnownFlagsFile.FileName));
        Store = new ResilientFlagStore(storage.Store, pipelines);
        Keeper = new FlagKeeper(Store, storage.Bell, flags, known, time, loggers.CreateLogger<FlagKeeper>());
        Desk = new FlagDesk(Store, Keeper, flags, audit, time);
        var upkeep = new RolloutUpkeep(Store, () => Settings.Retention(flags).Audit, time);
        Rollouts = new RolloutWorker(Store, Keeper, Desk, Samples, upkeep, time, loggers.CreateLogger<RolloutWorker>());
    }

    public IFlagStore Store { get; }

    public FlagKeeper Keeper { get; }

    public FlagDesk Desk { get; }

    public RolloutWorker Rollouts { get; }

    /// <summary>What is measured of variants.</summary>
    public FlagSampleBook Samples { get; } = new();

    public IReadOnlyList<ILoop> Loops => [Keeper, Rollouts];

    public async ValueTask DisposeAsync()
    {
        await Store.DisposeAsync();
        Keeper.Dispose();
    }
}
