using Holdfast.Postgres.Preferences;
using Holdfast.Postgres.Store;
using Holdfast.Preferences;
using Holdfast.Sqlite.Preferences;
using Holdfast.Storage.Tests.Support;
using Holdfast.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Holdfast.Storage.Tests.Preferences;

public sealed class MemoryPreferenceStoreTests : PreferenceStoreConformance
{
    private readonly MemoryPreferenceStore _database = new();

    private protected override IPreferenceStore Create() => _database;
}

public sealed class SqlitePreferenceStoreTests : PreferenceStoreConformance
{
    private readonly TemporaryDirectory _directory = new();

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _directory.Dispose();
    }

    private protected override IPreferenceStore Create() => new SqlitePreferenceStore(_directory.Path, TimeProvider.System, NullLogger<SqlitePreferenceStore>.Instance);
}

/// <summary>The promises of every store of preferences, on PostgreSQL. A class has one database, which each test finds empty.</summary>
public abstract class PostgresPreferenceStoreTests(SharedDatabase shared) : PreferenceStoreConformance
{
    private PostgresTestDatabase _database = null!;

    public override async ValueTask InitializeAsync()
    {
        _database = await shared.GetAsync();
        _database.ResetPreferences();
        await base.InitializeAsync();
    }

    private protected override IPreferenceStore Create() => new PostgresPreferenceStore(
        new PostgresStoreOptions { ConnectionString = _database.ConnectionString }, TimeProvider.System, NullLogger<PostgresPreferenceStore>.Instance);
}

/// <summary>On the oldest server that is supported.</summary>
public sealed class Postgres15PreferenceStoreTests(OldestSharedDatabase shared) : PostgresPreferenceStoreTests(shared), IClassFixture<OldestSharedDatabase>;

/// <summary>On the newest server that is supported.</summary>
public sealed class Postgres18PreferenceStoreTests(NewestSharedDatabase shared) : PostgresPreferenceStoreTests(shared), IClassFixture<NewestSharedDatabase>;
