using Holdfast.Access;
using Holdfast.Pipeline;
using Holdfast.Sqlite.Native;
using Holdfast.Sqlite.Store;
using Holdfast.Storage;
using Microsoft.Extensions.Logging;

namespace Holdfast.Sqlite.Access;

/// <summary>The keys in a file of their own, which a tool may open beside the server, and which only its owner may read.</summary>
internal sealed class SqliteKeyStore(string dataDirectory, TimeProvider time, ILogger<SqliteKeyStore> log) : IKeyStore
{
    public const string FileName = "keys.db";

    private const string MigrationsPrefix = "Holdfast.Sqlite.Access.Migrations.";

    private static readonly IReadOnlyList<Migration> Migrations = Migration.FromResources(typeof(SqliteKeyStore).Assembly, MigrationsPrefix);

    private readonly StoreFile _file = new(new SqliteStoreOptions { DataDirectory = dataDirectory, FileName = FileName }, time, log);

    public async ValueTask OpenAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _file.OpenAsync(Prepare, cancellationToken);
        }
        catch (MigrationException fault)
        {
            throw new StoreUnavailableException("schema", $"{_file.Path}: {fault.Message}", fault);
        }
    }

    public ValueTask<KeyList> ReadAsync(CancellationToken cancellationToken) =>
        _file.ReadAsync(database => new KeyList(KeyTable.Revision(database), KeyTable.All(database)), cancellationToken);

    public ValueTask<long> ReadRevisionAsync(CancellationToken cancellationToken) => _file.ReadAsync(KeyTable.Revision, cancellationToken);

    public ValueTask<KeyCreation> CreateAsync(ApiKey key, int keysMax, CancellationToken cancellationToken) =>
        _file.WriteAsync(database => KeyTable.Create(database, key, keysMax), cancellationToken);

    public ValueTask<ApiKey?> RevokeAsync(string id, DateTimeOffset at, CancellationToken cancellationToken) =>
        _file.WriteAsync(database => KeyTable.Revoke(database, id, at), cancellationToken);

    public async ValueTask TouchAsync(IReadOnlyDictionary<string, DateTimeOffset> usedAt, CancellationToken cancellationToken) => await _file.WriteAsync(
        database =>
        {
            KeyTable.Touch(database, usedAt);
            return true;
        },
        cancellationToken);

    public ValueTask DisposeAsync() => _file.DisposeAsync();

    // The log beside the file gets the file's mode from SQLite; it is made with the first statement.
    private int Prepare(SqliteDatabase database)
    {
        if (!OperatingSystem.IsWindows())
        {
            foreach (var path in new[] { _file.Path, _file.Path + "-wal", _file.Path + "-shm" }.Where(File.Exists))
            {
                File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            }
        }

        foreach (var applied in SqliteMigrations.Apply(database, Migrations, time.GetUtcNow()))
        {
            StoreLog.MigrationApplied(log, applied.Number, applied.Name, _file.Path);
        }

        return Migrations.Count;
    }
}
