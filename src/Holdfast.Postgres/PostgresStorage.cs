using System.Collections.Concurrent;
using Holdfast.Access;
using Holdfast.Pipeline;
using Holdfast.Postgres.Access;
using Holdfast.Postgres.Database;
using Holdfast.Postgres.Flags;
using Holdfast.Postgres.Preferences;
using Holdfast.Postgres.Retries;
using Holdfast.Postgres.Store;
using Holdfast.Preferences;
using Holdfast.Rollout;
using Holdfast.Spool;
using Holdfast.Sqlite.Spool;
using Microsoft.Extensions.Logging;

namespace Holdfast.Postgres;

/// <summary>The store on PostgreSQL. The spool stays a SQLite file on the local disk: it is what works when the database does not.</summary>
internal sealed class PostgresStorage(PostgresStoreOptions options) : IHoldfastStorage
{
    // Each has a few connections of its own, so that nobody waits for another's slow question.
    private readonly ConcurrentBag<PostgresDatabase> _databases = [];

    public Action DropConnections => () =>
    {
        foreach (var database in _databases)
        {
            database.DropConnections();
        }
    };

    public async ValueTask<ISpool> OpenSpoolAsync(SpoolOptions spool, TimeProvider time, ILoggerFactory loggers, CancellationToken cancellationToken) =>
        await SqliteSpool.OpenAsync(spool, time, loggers.CreateLogger<SqliteSpool>(), cancellationToken);

    public ITelemetryStore CreateStore(string dataDirectory, TimeProvider time, ILoggerFactory loggers)
    {
        var log = loggers.CreateLogger<PostgresTelemetryStore>();
        if (ConnectionSettings.Parse(options.ConnectionString) is { MayBeClear: true } settings)
        {
            StoreLog.MayBeClear(log, settings.Server);
        }

        var store = new PostgresTelemetryStore(options, time, log);
        _databases.Add(store.Database);
        return store;
    }

    public RetryStorage CreateRetries(string dataDirectory, TimeProvider time, ILoggerFactory loggers)
    {
        var store = new PostgresRetryStore(options, time, loggers.CreateLogger<PostgresRetryStore>());
        _databases.Add(store.Database);
        return new RetryStorage(store, store.Operations, store.Doorbell, new PostgresSqlOperations(ConnectionSettings.Parse(options.ConnectionString)));
    }

    public FlagStorage CreateFlags(string dataDirectory, TimeProvider time, ILoggerFactory loggers)
    {
        var store = new PostgresFlagStore(options, time, loggers.CreateLogger<PostgresFlagStore>());
        _databases.Add(store.Database);
        return new FlagStorage(store, store.Bell);
    }

    public IKeyStore CreateKeys(string dataDirectory, TimeProvider time, ILoggerFactory loggers)
    {
        var store = new PostgresKeyStore(options, time, loggers.CreateLogger<PostgresKeyStore>());
        _databases.Add(store.Database);
        return store;
    }

    public IPreferenceStore CreatePreferences(string dataDirectory, TimeProvider time, ILoggerFactory loggers)
    {
        var store = new PostgresPreferenceStore(options, time, loggers.CreateLogger<PostgresPreferenceStore>());
        _databases.Add(store.Database);
        return store;
    }
}
