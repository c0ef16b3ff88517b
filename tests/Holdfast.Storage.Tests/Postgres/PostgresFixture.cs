using Holdfast.Pipeline;
using Holdfast.Postgres.Store;
using Holdfast.Spool;
using Holdfast.Storage.Tests.Support;
using Holdfast.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Holdfast.Storage.Tests.Postgres;

/// <summary>What the tests that are about PostgreSQL alone share: a database of their own, with the product's schema in it.</summary>
public abstract class PostgresFixture(PostgresServers servers) : IAsyncLifetime
{
    private protected static readonly Guid SpoolId = new("0190aaaa-0000-7000-8000-000000000001");

    private readonly List<PostgresTelemetryStore> _stores = [];

    /// <summary>On the newest server that is supported, and not on the oldest.</summary>
    private protected virtual bool OnNewest => false;

    private protected ManualTimeProvider Time { get; } = new(Batches.Noon);

    private protected PostgresDatabases Databases { get; private set; } = null!;

    private protected PostgresTestDatabase Database { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Databases = await (OnNewest ? servers.NewestAsync() : servers.OldestAsync());
        Database = await Databases.MigratedAsync();
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        foreach (var store in _stores)
        {
            await store.DisposeAsync();
        }
    }

    /// <summary>A store that may use these approaches, or all of them when none is named.</summary>
    private protected Task<PostgresTelemetryStore> OpenAsync(params StoreApproach[] approaches) => OpenAsync(Database.ConnectionString, approaches);

    private protected async Task<PostgresTelemetryStore> OpenAsync(string connectionString, params StoreApproach[] approaches)
    {
        var store = Create(connectionString, approaches);
        await store.OpenAsync(CancellationToken.None);
        return store;
    }

    private protected PostgresTelemetryStore Create(string connectionString, params StoreApproach[] approaches)
    {
        var options = approaches.Length == 0
            ? new PostgresStoreOptions { ConnectionString = connectionString }
            : new PostgresStoreOptions { ConnectionString = connectionString, Approaches = approaches };
        return Create(options, Time);
    }

    private protected PostgresTelemetryStore Create(PostgresStoreOptions options, TimeProvider time)
    {
        var store = new PostgresTelemetryStore(options, time, NullLogger<PostgresTelemetryStore>.Instance);
        _stores.Add(store);
        return store;
    }

    private protected static ValueTask<StoreWriteResult> Write(ITelemetryStore store, params IReadOnlyList<SpooledBatch> batches) =>
        store.WriteAsync(new StoreWrite(SpoolId, batches), CancellationToken.None);

    private protected static async Task<StoreUnavailableException> Unavailable(Func<Task> act) => await Should.ThrowAsync<StoreUnavailableException>(act);

    /// <summary>Many events; those that are named have this as their data.</summary>
    private protected static List<EventRow> Events(int count, string badData = "[]", params IReadOnlyCollection<int> bad) =>
        [.. Enumerable.Range(0, count).Select(i => Batches.Event(data: bad.Contains(i) ? badData : $$"""{"n":{{i}}}"""))];

    private protected long CountEvents() => Database.Scalar<long>("SELECT count(*) FROM monitoring.monitoring_events");

    private protected long CountDeadLetters() => Database.Scalar<long>("SELECT count(*) FROM monitoring.dead_letter_queue");
}
