using Holdfast.Access;
using Holdfast.Flags;
using Holdfast.Pipeline;
using Microsoft.Extensions.Logging;

namespace Holdfast;

/// <summary>The keys of a node: in its memory, in the store, and in the file beside the spool.</summary>
internal sealed class NodeAccess : IAsyncDisposable
{
    private readonly IKeyStore _store;

    public NodeAccess(FlagManager flags, IKeyStore store, AuditTrail audit, TimeProvider time, ILoggerFactory loggers)
    {
        _store = store;
        Options = Settings.Access(flags);
        Limits = () => Settings.AccessLimits(flags);
        Ring = new KeyRing(time);
        Watch = new KeyWatch(store, Ring, new KeyFile(flags.GetString(FlagNames.Data)), time, loggers.CreateLogger<KeyWatch>());
        Desk = new KeyDesk(store, Watch.RefreshAsync, audit.RecordAsync, time);
    }

    public AccessOptions Options { get; }

    /// <summary>As they are now.</summary>
    public Func<AccessLimits> Limits { get; }

    public KeyRing Ring { get; }

    public KeyWatch Watch { get; }

    public KeyDesk Desk { get; }

    public async ValueTask DisposeAsync()
    {
        Watch.Dispose();
        await _store.DisposeAsync();
    }
}
