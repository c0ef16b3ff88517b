using Holdfast.Access;
using Holdfast.Postgres.Database;
using Holdfast.Postgres.Store;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Holdfast.Postgres.Access;

/// <summary>The keys in PostgreSQL, with connections of their own: a key is revoked however many slow questions are being asked.</summary>
internal sealed class PostgresKeyStore : IKeyStore
{
    // It is asked twice a second, and what it is asked is one row.
    private static readonly TimeSpan TimeMax = TimeSpan.FromSeconds(3);

    private readonly PostgresDatabase _database;
    private readonly PostgresSchema _schema;

    public PostgresKeyStore(PostgresStoreOptions options, TimeProvider time, ILogger<PostgresKeyStore> log)
    {
        _database = new PostgresDatabase(ConnectionSettings.Parse(options.ConnectionString).ForKeys(), TimeMax, time);
        _schema = new PostgresSchema(_database, PostgresSchema.Known, options.ReadTimeMax, time, log);
    }

    /// <summary>Where its connections are.</summary>
    public PostgresDatabase Database => _database;

    public ValueTask OpenAsync(CancellationToken cancellationToken) => _schema.EnsureAsync(cancellationToken);

    public ValueTask<KeyList> ReadAsync(CancellationToken cancellationToken) => _database.RunAsync(TimeMax, KeyTable.ReadAsync, cancellationToken);

    public ValueTask<long> ReadRevisionAsync(CancellationToken cancellationToken) => _database.RunAsync(TimeMax, KeyTable.RevisionAsync, cancellationToken);

    public ValueTask<KeyCreation> CreateAsync(ApiKey key, int keysMax, CancellationToken cancellationToken) =>
        WriteAsync((connection, token) => KeyTable.CreateAsync(connection, key, keysMax, token), cancellationToken);

    public ValueTask<ApiKey?> RevokeAsync(string id, DateTimeOffset at, CancellationToken cancellationToken) =>
        WriteAsync((connection, token) => KeyTable.RevokeAsync(connection, id, at, token), cancellationToken);

    public async ValueTask TouchAsync(IReadOnlyDictionary<string, DateTimeOffset> usedAt, CancellationToken cancellationToken) =>
        await _database.RunForWriterAsync((connection, token) => KeyTable.TouchAsync(connection, usedAt, token), cancellationToken);

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    private ValueTask<T> WriteAsync<T>(Func<NpgsqlConnection, CancellationToken, ValueTask<T>> work, CancellationToken cancellationToken) => _database.RunForWriterAsync(
        async (connection, token) =>
        {
            await using var transaction = await connection.BeginTransactionAsync(token);
            await KeyTable.LockAsync(connection, token);
            var result = await work(connection, token);
            await transaction.CommitAsync(token);
            return result;
        },
        cancellationToken);
}
