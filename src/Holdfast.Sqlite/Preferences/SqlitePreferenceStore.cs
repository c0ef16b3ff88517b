using Holdfast.Pipeline;
using Holdfast.Preferences;
using Holdfast.Sqlite.Native;
using Holdfast.Sqlite.Store;
using Holdfast.Storage;
using Microsoft.Extensions.Logging;

namespace Holdfast.Sqlite.Preferences;

/// <summary>What people keep of the page, in a file of its own: a click does not wait for a batch of telemetry that is being written.</summary>
internal sealed class SqlitePreferenceStore(string dataDirectory, TimeProvider time, ILogger<SqlitePreferenceStore> log) : IPreferenceStore
{
    private const string FileName = "preferences.db";

    private static readonly IReadOnlyList<Migration> Migrations = Migration.FromResources(typeof(SqlitePreferenceStore).Assembly, "Holdfast.Sqlite.Preferences.Migrations.");

    private readonly StoreFile _file = new(new SqliteStoreOptions { DataDirectory = dataDirectory, FileName = FileName }, time, log);

    public async ValueTask OpenAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _file.OpenAsync(Migrate, cancellationToken);
        }
        catch (MigrationException fault)
        {
            throw new StoreUnavailableException("schema", $"{_file.Path}: {fault.Message}", fault);
        }
    }

    public ValueTask<IReadOnlyList<Preference>> ReadAsync(string owner, CancellationToken cancellationToken) =>
        _file.ReadAsync(database => PreferenceTable.Owned(database, owner), cancellationToken);

    public ValueTask<PreferenceResult> WriteAsync(PreferenceWrite write, PreferenceLimits limits, CancellationToken cancellationToken) =>
        _file.WriteAsync(database => PreferenceTable.Write(database, write, limits), cancellationToken);

    public ValueTask DisposeAsync() => _file.DisposeAsync();

    private int Migrate(SqliteDatabase database)
    {
        foreach (var applied in SqliteMigrations.Apply(database, Migrations, time.GetUtcNow()))
        {
            StoreLog.MigrationApplied(log, applied.Number, applied.Name, _file.Path);
        }

        return Migrations.Count;
    }
}
