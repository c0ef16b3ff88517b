using Holdfast.Pipeline;
using Holdfast.Spool;
using Microsoft.Extensions.Logging;

namespace Holdfast;

/// <summary>Makes the spool and the store of one kind of database; chosen with <c>UseSqlite()</c> and its like.</summary>
internal interface IHoldfastStorage
{
    ValueTask<ISpool> OpenSpoolAsync(SpoolOptions options, TimeProvider time, ILoggerFactory loggers, CancellationToken cancellationToken);

    /// <summary>Makes the store without touching it: it may be away, and the process starts all the same.</summary>
    ITelemetryStore CreateStore(string dataDirectory, TimeProvider time, ILoggerFactory loggers);
}
