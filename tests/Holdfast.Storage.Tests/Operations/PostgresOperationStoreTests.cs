using Holdfast.Operations;
using Holdfast.Retries;
using Holdfast.Storage.Tests.Retries;
using Holdfast.Storage.Tests.Support;

namespace Holdfast.Storage.Tests.Operations;

/// <summary>The promises of every store of operations, on PostgreSQL. A class has one database, which each test finds empty.</summary>
public abstract class PostgresOperationStoreTests(SharedDatabase shared) : OperationStoreConformance
{
    private PostgresTestDatabase _database = null!;

    public override async ValueTask InitializeAsync()
    {
        _database = await shared.GetAsync();
        _database.ResetRetries();
        await base.InitializeAsync();
    }

    private protected override (IRetryStore Retries, IOperationStore Operations) Create()
    {
        var store = PostgresRetries.Store(_database);
        return (store, store.Operations);
    }

    // What a vacuum leaves that finds the tables empty: the truth for that minute, and the ground for plans until the next.
    private protected override void MisleadPlanner()
    {
        foreach (var table in new[] { "retries", "retry_leases", "operation_items" })
        {
            _database.Execute($"ALTER TABLE holdfast.{table} SET (autovacuum_enabled = false)");
            _database.Execute(
                $"""
                UPDATE pg_class SET reltuples = 0, relpages = 1
                WHERE oid = 'holdfast.{table}'::regclass OR oid IN (SELECT indexrelid FROM pg_index WHERE indrelid = 'holdfast.{table}'::regclass)
                """);
            _database.Execute($"ALTER TABLE holdfast.{table} RESET (autovacuum_enabled)");
        }
    }

    private protected override ValueTask AdvanceAsync(TimeSpan by) => PostgresRetries.AdvanceAsync(_database, by);
}

/// <summary>On the oldest server that is supported.</summary>
public sealed class Postgres15OperationStoreTests(OldestSharedDatabase shared) : PostgresOperationStoreTests(shared), IClassFixture<OldestSharedDatabase>;

/// <summary>On the newest server that is supported.</summary>
public sealed class Postgres18OperationStoreTests(NewestSharedDatabase shared) : PostgresOperationStoreTests(shared), IClassFixture<NewestSharedDatabase>;
