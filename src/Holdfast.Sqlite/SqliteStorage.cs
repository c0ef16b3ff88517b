using Holdfast.Pipeline;
using Holdfast.Spool;
using Holdfast.Sqlite.Spool;
using Holdfast.Sqlite.Store;
using Microsoft.Extensions.Logging;

namespace Holdfast.Sqlite;

/// <summary>The spool and the embedded store, both on SQLite, in two files of one directory.</summary>
internal sealed class SqliteStorage : IHoldfastStorage
{
    public async ValueTask<ISpool> OpenSpoolAsync(SpoolOptions options, TimeProvider time, ILoggerFactory loggers, CancellationToken cancellationToken) =>
        await SqliteSpool.OpenAsync(options, time, loggers.CreateLogger<SqliteSpool>(), cancellationToken);

    public ITelemetryStore CreateStore(string dataDirectory, TimeProvider time, ILoggerFactory loggers) =>
        new SqliteTelemetryStore(new SqliteStoreOptions { DataDirectory = dataDirectory }, time, loggers.CreateLogger<SqliteTelemetryStore>());
}
