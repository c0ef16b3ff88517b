using Holdfast.Access;
using Holdfast.Operations;
using Holdfast.Pipeline;
using Holdfast.Preferences;
using Holdfast.Retries;
using Holdfast.Rollout;
using Holdfast.Spool;
using Microsoft.Extensions.Logging;

namespace Holdfast;

/// <summary>Makes the spool and the store of one kind of database; chosen with <c>UseSqlite()</c> and its like.</summary>
internal interface IHoldfastStorage
{
    ValueTask<ISpool> OpenSpoolAsync(SpoolOptions options, TimeProvider time, ILoggerFactory loggers, CancellationToken cancellationToken);

    /// <summary>Makes the store without touching it: it may be away, and the process starts all the same.</summary>
    ITelemetryStore CreateStore(string dataDirectory, TimeProvider time, ILoggerFactory loggers);

    /// <summary>Makes the queue of failed operations without touching it.</summary>
    RetryStorage CreateRetries(string dataDirectory, TimeProvider time, ILoggerFactory loggers);

    /// <summary>Makes the store of what flags say at run time, without touching it.</summary>
    FlagStorage CreateFlags(string dataDirectory, TimeProvider time, ILoggerFactory loggers);

    /// <summary>Gives up the connections of everything that was made, so that whoever asks next gets a new one. Null where there are none.</summary>
    Action? DropConnections => null;

    /// <summary>Makes the place of the keys without touching it.</summary>
    IKeyStore CreateKeys(string dataDirectory, TimeProvider time, ILoggerFactory loggers);

    /// <summary>Makes the place of what people keep of the page, without touching it.</summary>
    IPreferenceStore CreatePreferences(string dataDirectory, TimeProvider time, ILoggerFactory loggers);
}

/// <summary>The queue of failed operations in one kind of database.</summary>
/// <param name="Store">The queue.</param>
/// <param name="Operations">Operations over many items.</param>
/// <param name="Doorbell">Wakes the workers of other processes; null where no other process can be.</param>
/// <param name="Statements">Executes statements again; null where there is no database of an application's.</param>
internal sealed record RetryStorage(IRetryStore Store, IOperationStore Operations, IRetryDoorbell? Doorbell, ISqlOperationExecutor? Statements) : IAsyncDisposable
{
    public async ValueTask DisposeAsync()
    {
        await Store.DisposeAsync();
        if (Statements is IAsyncDisposable statements)
        {
            await statements.DisposeAsync();
        }
    }
}
