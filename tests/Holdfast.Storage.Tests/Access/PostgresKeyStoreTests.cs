using Holdfast.Access;
using Holdfast.Postgres.Access;
using Holdfast.Postgres.Store;
using Holdfast.Storage.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;

namespace Holdfast.Storage.Tests.Access;

/// <summary>The promises of every store of keys, on PostgreSQL. A class has one database, which each test finds empty.</summary>
public abstract class PostgresKeyStoreTests(SharedDatabase shared) : KeyStoreConformance
{
    private PostgresTestDatabase _database = null!;

    public override async ValueTask InitializeAsync()
    {
        _database = await shared.GetAsync();
        _database.ResetKeys();
        await base.InitializeAsync();
    }

    private protected override IKeyStore Create() => new PostgresKeyStore(
        new PostgresStoreOptions { ConnectionString = _database.ConnectionString }, TimeProvider.System, NullLogger<PostgresKeyStore>.Instance);
}

/// <summary>On the oldest server that is supported.</summary>
public sealed class Postgres15KeyStoreTests(OldestSharedDatabase shared) : PostgresKeyStoreTests(shared), IClassFixture<OldestSharedDatabase>;

/// <summary>On the newest server that is supported.</summary>
public sealed class Postgres18KeyStoreTests(NewestSharedDatabase shared) : PostgresKeyStoreTests(shared), IClassFixture<NewestSharedDatabase>;
