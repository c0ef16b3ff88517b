using Holdfast.Operations;
using Holdfast.Postgres.Database;
using Holdfast.Postgres.Retries;
using Holdfast.Postgres.Store;
using Holdfast.Retries;
using Npgsql;

namespace Holdfast.Postgres.Operations;

/// <summary>
/// Operations over the queue in PostgreSQL, on its connections. Items are looked for by queries of their own and then taken by one function,
/// which asks of each whether it still belongs: a filter that finds little holds no lock.
/// </summary>
internal sealed class PostgresOperationStore(PostgresDatabase database, PostgresStoreOptions options) : IOperationStore
{
    // Met at one time; so many may have to be skipped for one that is taken.
    private const int FoundMax = 500;

    private const string Take = "SELECT taken, skipped FROM holdfast.take_operation_items($1, $2, $3, $4, $5)";

    private const string ReadOutcomes = "SELECT taken, succeeded, failed, skipped FROM holdfast.read_operation_outcomes($1) WHERE taken IS NOT NULL";

    public async ValueTask<BulkOperation> CreateAsync(BulkOperation operation, CancellationToken cancellationToken) =>
        (await CallAsync(OperationTable.Create(operation), OperationRow.Read, cancellationToken))[0];

    public ValueTask<BulkOperation?> GetAsync(Guid id, CancellationToken cancellationToken) => ReadAsync(
        async (connection, token) => (await connection.QueryAsync(OperationTable.SelectOne, OperationRow.Read, token, id)).SingleOrDefault(), cancellationToken);

    public ValueTask<IReadOnlyList<BulkOperation>> ListAsync(int limit, CancellationToken cancellationToken) => ReadAsync<IReadOnlyList<BulkOperation>>(
        async (connection, token) => await connection.QueryAsync(OperationTable.SelectNewest, OperationRow.Read, token, limit), cancellationToken);

    public async ValueTask<BulkOperation?> SaveAsync(BulkOperation operation, CancellationToken cancellationToken) =>
        (await CallAsync(OperationTable.Save(operation), OperationRow.Read, cancellationToken)).SingleOrDefault();

    public async ValueTask<IReadOnlyList<BulkOperation>> LeaseAsync(Guid process, TimeSpan lease, int limit, CancellationToken cancellationToken) =>
        await CallAsync(OperationTable.LeaseSome(process, lease, limit), OperationRow.Read, cancellationToken);

    public async ValueTask<long> CountRetriesAsync(BulkOperation operation, RetryFilter filter, CancellationToken cancellationToken)
    {
        var items = 0L;
        OperationPlace? after = await ReadLastAsync(operation, filter, cancellationToken) ?? OperationPlace.Beginning;
        while (after is { } from)
        {
            (var more, after) = await ReadAsync((connection, token) => new OperationWalk(connection, operation, filter).CountAsync(from, token), cancellationToken);
            items += more;
        }

        return items;
    }

    public async ValueTask<OperationProgress> TakeRetriesAsync(BulkOperation operation, RetryFilter filter, int limit, CancellationToken cancellationToken)
    {
        var after = await ReadLastAsync(operation, filter, cancellationToken);
        while (after is { } from)
        {
            (var found, after) = await ReadAsync(
                (connection, token) => new OperationWalk(connection, operation, filter).FindAsync(from, FoundMax, token), cancellationToken);
            if (found.Count > 0 && await TakeAsync(operation, found, limit, cancellationToken) is var taken && taken != default)
            {
                return taken;
            }

            // Somebody else took all of these meanwhile: it goes on where that one stopped.
            if (found.Count > 0 && await ReadLastAsync(operation, filter, cancellationToken) is { } last && last != from)
            {
                after = last;
            }
        }

        return default;
    }

    public async ValueTask<OperationProgress> ReadRetryOutcomesAsync(Guid id, CancellationToken cancellationToken) =>
        (await CallAsync((ReadOutcomes, [id]), row => OperationRow.ReadProgress(row, 0), cancellationToken)).SingleOrDefault();

    private async ValueTask<OperationProgress> TakeAsync(BulkOperation operation, IReadOnlyList<OperationPlace> found, int limit, CancellationToken cancellationToken)
    {
        object?[] parameters =
        [
            operation.Id, found.Select(item => item.Id).ToArray(), found.Select(item => item.CreatedAt).ToArray(), found.Select(item => item.Place).ToArray(), limit,
        ];
        var isKnownAtOnce = operation.Kind != OperationKind.Replay;
        return (await CallAsync(
            (Take, parameters), row => new OperationProgress(row.GetInt64(0), isKnownAtOnce ? row.GetInt64(0) : 0, 0, row.GetInt64(1)), cancellationToken))[0];
    }

    private ValueTask<OperationPlace?> ReadLastAsync(BulkOperation operation, RetryFilter filter, CancellationToken cancellationToken) =>
        ReadAsync((connection, token) => new OperationWalk(connection, operation, filter).ReadLastAsync(token), cancellationToken);

    private ValueTask<List<T>> CallAsync<T>((string Sql, object?[] Parameters) call, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken) =>
        database.RunForWriterAsync(
            (connection, token) => RetryCall.RunAsync(connection, options.WriteTimeMax, call.Sql, read, token, call.Parameters), cancellationToken);

    private ValueTask<T> ReadAsync<T>(Func<NpgsqlConnection, CancellationToken, ValueTask<T>> work, CancellationToken cancellationToken) =>
        database.RunAsync(options.ReadTimeMax, work, cancellationToken);
}
