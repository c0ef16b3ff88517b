using Holdfast.Access;
using Holdfast.Pipeline;
using Holdfast.Preferences;
using Holdfast.Rollout;
using Holdfast.Spool;
using Holdfast.Sqlite.Access;
using Holdfast.Sqlite.Flags;
using Holdfast.Sqlite.Operations;
using Holdfast.Sqlite.Preferences;
using Holdfast.Sqlite.Retries;
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

    public RetryStorage CreateRetries(string dataDirectory, TimeProvider time, ILoggerFactory loggers)
    {
        var store = new SqliteRetryStore(dataDirectory, time, loggers.CreateLogger<SqliteRetryStore>());
        return new RetryStorage(store, new SqliteOperationStore(store), Doorbell: null, Statements: null);
    }

    public FlagStorage CreateFlags(string dataDirectory, TimeProvider time, ILoggerFactory loggers) =>
        new(new SqliteFlagStore(dataDirectory, time, loggers.CreateLogger<SqliteFlagStore>()), Bell: null);

    public IKeyStore CreateKeys(string dataDirectory, TimeProvider time, ILoggerFactory loggers) =>
        new SqliteKeyStore(dataDirectory, time, loggers.CreateLogger<SqliteKeyStore>());

    public IPreferenceStore CreatePreferences(string dataDirectory, TimeProvider time, ILoggerFactory loggers) =>
        new SqlitePreferenceStore(dataDirectory, time, loggers.CreateLogger<SqlitePreferenceStore>());
}
