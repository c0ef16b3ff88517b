using System.Text.Json.Nodes;
using Holdfast.Lifecycle;
using Holdfast.Monitoring;
using Holdfast.Pipeline;
using Holdfast.Spool;

namespace Holdfast.BuiltIn;

/// <summary>
/// Looks once a second whether the store or the level of the spool has changed, and tells. Looking instead of being told bounds the news: a store
/// that comes and goes a hundred times a second makes one piece of them.
/// </summary>
internal sealed class SystemWatch(ISpool spool, StoreState store, string storeKind, SystemNews news, TimeProvider time) : ILoop
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    private SpoolLevel _level;
    private bool? _available;

    public string Name => "watch";

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Period, time);
        do
        {
            LookAtStore(store.Now);
            LookAtSpool(spool.Snapshot());
        }
        while (await timer.WaitForNextTickAsync(cancellationToken));
    }

    private void LookAtStore(StoreCondition now)
    {
        if (now.Fault == "starting" || now.Available == _available)
        {
            return;
        }

        // That the store is there at the start is nothing that anybody would look for later.
        var recorded = !now.Available || _available is false;
        _available = now.Available;
        news.Tell(
            now.Available ? "store.ready" : "store.lost",
            new JsonObject { ["store"] = storeKind, ["fault"] = now.Fault, ["reason"] = now.Reason },
            recorded);
    }

    private void LookAtSpool(SpoolSnapshot now)
    {
        if (now.Level == _level)
        {
            return;
        }

        var was = _level;
        _level = now.Level;
        news.Tell("spool.level", new JsonObject
        {
            ["level"] = Names.Of(now.Level),
            ["was"] = Names.Of(was),
            ["live_bytes"] = now.LiveBytes,
            ["limit_bytes"] = now.DiskBytesMax,
        });
    }
}
