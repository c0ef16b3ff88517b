using System.Globalization;
using Holdfast.Postgres.Retries;
using Holdfast.Postgres.Store;
using Holdfast.Retries;
using Holdfast.Storage.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;

namespace Holdfast.Storage.Tests.Retries;

/// <summary>The promises of every queue, on PostgreSQL. A class has one database, which each test finds empty.</summary>
public abstract class PostgresRetryStoreTests(SharedDatabase shared) : RetryStoreConformance
{
    private PostgresTestDatabase _database = null!;

    /// <summary>History goes by whole days.</summary>
    private protected override TimeSpan RetentionGrain => TimeSpan.FromDays(1);

    public override async ValueTask InitializeAsync()
    {
        _database = await shared.GetAsync();
        _database.ResetRetries();
        await base.InitializeAsync();
    }

    private protected override IRetryStore Create() => PostgresRetries.Store(_database);

    private protected override ValueTask AdvanceAsync(TimeSpan by) => PostgresRetries.AdvanceAsync(_database, by);
}

/// <summary>A queue in a database of the tests, and the database's clock.</summary>
internal static class PostgresRetries
{
    public static PostgresRetryStore Store(PostgresTestDatabase database, string? connectionString = null) => new(
        new PostgresStoreOptions { ConnectionString = connectionString ?? database.ConnectionString }, TimeProvider.System, NullLogger<PostgresRetryStore>.Instance);

    public static ValueTask AdvanceAsync(PostgresTestDatabase database, TimeSpan by)
    {
        database.Execute(string.Create(CultureInfo.InvariantCulture, $"UPDATE holdfast.clock_shift SET shift = shift + interval '{by.TotalSeconds} seconds'"));
        return ValueTask.CompletedTask;
    }
}

/// <summary>The model of every queue, held against PostgreSQL.</summary>
public sealed class PostgresRetryStoreModelTests(OldestSharedDatabase shared) : RetryStoreModelTests, IClassFixture<OldestSharedDatabase>
{
    private protected override int Sequences => 15;

    private protected override async ValueTask<RetryBench> BenchAsync()
    {
        var database = await shared.GetAsync();
        database.ResetRetries();
        var store = PostgresRetries.Store(database);
        await store.OpenAsync(CancellationToken.None);
        return new RetryBench(store, by => PostgresRetries.AdvanceAsync(database, by));
    }
}

/// <summary>On the oldest server that is supported.</summary>
public sealed class Postgres15RetryStoreTests(OldestSharedDatabase shared) : PostgresRetryStoreTests(shared), IClassFixture<OldestSharedDatabase>;

/// <summary>On the newest server that is supported.</summary>
public sealed class Postgres18RetryStoreTests(NewestSharedDatabase shared) : PostgresRetryStoreTests(shared), IClassFixture<NewestSharedDatabase>;
