using Holdfast.Postgres.Database;
using Holdfast.Postgres.Store;
using Holdfast.Preferences;
using Microsoft.Extensions.Logging;

namespace Holdfast.Postgres.Preferences;

/// <summary>What people keep of the page, in PostgreSQL.</summary>
internal sealed class PostgresPreferenceStore : IPreferenceStore
{
    private readonly PostgresStoreOptions _options;
    private readonly PostgresDatabase _database;
    private readonly PostgresSchema _schema;

    public PostgresPreferenceStore(PostgresStoreOptions options, TimeProvider time, ILogger<PostgresPreferenceStore> log)
    {
        _options = options;
        _database = new PostgresDatabase(ConnectionSettings.Parse(options.ConnectionString).ForPreferences(), options.WriteTimeMax, time);
        _schema = new PostgresSchema(_database, PostgresSchema.Known, options.ReadTimeMax, time, log);
    }

    /// <summary>Where its connections are.</summary>
    public PostgresDatabase Database => _database;

    public ValueTask OpenAsync(CancellationToken cancellationToken) => _schema.EnsureAsync(cancellationToken);

    public ValueTask<IReadOnlyList<Preference>> ReadAsync(string owner, CancellationToken cancellationToken) =>
        _database.RunAsync(_options.ReadTimeMax, (connection, token) => PreferenceTable.OwnedAsync(connection, owner, token), cancellationToken);

    public ValueTask<PreferenceResult> WriteAsync(PreferenceWrite write, PreferenceLimits limits, CancellationToken cancellationToken) => _database.RunForWriterAsync(
        async (connection, token) =>
        {
            await using var transaction = await connection.BeginTransactionAsync(token);
            var result = await PreferenceTable.WriteAsync(connection, write, limits, token);
            await transaction.CommitAsync(token);
            return result;
        },
        cancellationToken);

    public ValueTask DisposeAsync() => _database.DisposeAsync();
}
