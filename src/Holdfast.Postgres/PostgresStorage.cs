using Holdfast.Pipeline;
using Holdfast.Postgres.Store;
using Holdfast.Spool;
using Holdfast.Sqlite.Spool;
using Microsoft.Extensions.Logging;

namespace Holdfast.Postgres;

/// <summary>The store on PostgreSQL. The spool stays a SQLite file on the local disk: it is what works when the database does not.</summary>
internal sealed class PostgresStorage(PostgresStoreOptions options) : IHoldfastStorage
{
    public async ValueTask<ISpool> OpenSpoolAsync(SpoolOptions spool, TimeProvider time, ILoggerFactory loggers, CancellationToken cancellationToken) =>
        await SqliteSpool.OpenAsync(spool, time, loggers.CreateLogger<SqliteSpool>(), cancellationToken);

    public ITelemetryStore CreateStore(string dataDirectory, TimeProvider time, ILoggerFactory loggers) =>
        new PostgresTelemetryStore(options, time, loggers.CreateLogger<PostgresTelemetryStore>());
}
