using Holdfast.Postgres.Flags;
using Holdfast.Postgres.Store;
using Holdfast.Rollout;
using Holdfast.Sqlite.Flags;
using Holdfast.Storage.Tests.Retries;
using Holdfast.Storage.Tests.Support;
using Holdfast.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Holdfast.Storage.Tests.Flags;

public sealed class MemoryFlagStoreTests : FlagStoreConformance
{
    private readonly ManualTimeProvider _time = new();
    private readonly MemoryFlagStore _store;

    public MemoryFlagStoreTests() => _store = new MemoryFlagStore(_time);

    private protected override IFlagStore Create() => _store;

    private protected override ValueTask AdvanceAsync(TimeSpan by)
    {
        _time.Advance(by);
        return ValueTask.CompletedTask;
    }
}

public sealed class SqliteFlagStoreTests : FlagStoreConformance
{
    private readonly TemporaryDirectory _directory = new();
    private readonly ManualTimeProvider _time = new();

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _directory.Dispose();
    }

    private protected override IFlagStore Create() => new SqliteFlagStore(_directory.Path, _time, NullLogger<SqliteFlagStore>.Instance);

    private protected override ValueTask AdvanceAsync(TimeSpan by)
    {
        _time.Advance(by);
        return ValueTask.CompletedTask;
    }
}

/// <summary>The promises of every store of flags, on PostgreSQL. A class has one database, which each test finds empty.</summary>
public abstract class PostgresFlagStoreTests(SharedDatabase shared) : FlagStoreConformance
{
    private PostgresTestDatabase _database = null!;

    public override async ValueTask InitializeAsync()
    {
        _database = await shared.GetAsync();
        _database.ResetFlags();
        await base.InitializeAsync();
    }

    private protected override IFlagStore Create() => PostgresFlags.Store(_database);

    private protected override ValueTask AdvanceAsync(TimeSpan by) => PostgresRetries.AdvanceAsync(_database, by);
}

/// <summary>A store of flags in a database of the tests.</summary>
internal static class PostgresFlags
{
    public static PostgresFlagStore Store(PostgresTestDatabase database) =>
        new(new PostgresStoreOptions { ConnectionString = database.ConnectionString }, TimeProvider.System, NullLogger<PostgresFlagStore>.Instance);
}

/// <summary>On the oldest server that is supported.</summary>
public sealed class Postgres15FlagStoreTests(OldestSharedDatabase shared) : PostgresFlagStoreTests(shared), IClassFixture<OldestSharedDatabase>;

/// <summary>On the newest server that is supported.</summary>
public sealed class Postgres18FlagStoreTests(NewestSharedDatabase shared) : PostgresFlagStoreTests(shared), IClassFixture<NewestSharedDatabase>;
