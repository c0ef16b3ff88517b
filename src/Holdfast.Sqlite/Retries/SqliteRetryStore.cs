using Holdfast.Pipeline;
using Holdfast.Retries;
using Holdfast.Sqlite.Native;
using Holdfast.Sqlite.Operations;
using Holdfast.Sqlite.Store;
using Holdfast.Storage;
using Microsoft.Extensions.Logging;

namespace Holdfast.Sqlite.Retries;

/// <summary>
/// The embedded queue of failed operations, in a file of its own: what the queue writes waits for no batch of telemetry, and neither
/// fills the other's write-ahead log. This class is the contract's shell: each operation is one delegate on <see cref="StoreFile"/>, and
/// the work is done by the class that the delegate names.
/// </summary>
internal sealed class SqliteRetryStore(SqliteStoreOptions options, TimeProvider time, ILogger<SqliteRetryStore> log) : IRetryStore
{
    private const string FileName = "retries.db";

    private const string MigrationsPrefix = "Holdfast.Sqlite.Retries.Migrations.";

    private static readonly IReadOnlyList<Migration> Migrations = Migration.FromResources(typeof(SqliteRetryStore).Assembly, MigrationsPrefix);

    private readonly StoreFile _file = new(options, time, log);

    public SqliteRetryStore(string dataDirectory, TimeProvider time, ILogger<SqliteRetryStore> log)
        : this(new SqliteStoreOptions { DataDirectory = dataDirectory, FileName = FileName }, time, log)
    {
    }

    /// <summary>Operations over many of these items.</summary>
    public SqliteOperationStore Operations => new(this);

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

    public ValueTask<IReadOnlyList<EnqueuedRetry>> EnqueueAsync(IReadOnlyList<NewRetry> items, CancellationToken cancellationToken) =>
        WriteAsync<IReadOnlyList<EnqueuedRetry>>(retries => [.. items.Select(item => RetryEnqueuer.Add(retries, item))], cancellationToken);

    public ValueTask<bool> RenewAsync(Guid process, string node, TimeSpan lease, CancellationToken cancellationToken) =>
        WriteAsync(retries => LeaseTable.Renew(retries, process, node, lease), cancellationToken);

    public ValueTask<RetryClaim> ClaimAsync(ClaimOrder order, CancellationToken cancellationToken) =>
        WriteAsync(retries => RetryClaimer.Claim(retries, order), cancellationToken);

    public ValueTask<IReadOnlyList<AckResult>> AckAsync(Guid process, IReadOnlyList<RetryAck> acks, CancellationToken cancellationToken) =>
        WriteAsync<IReadOnlyList<AckResult>>(retries => [.. acks.Select(ack => RetrySettler.Ack(retries, process, ack))], cancellationToken);

    public ValueTask<int> LeaveAsync(Guid process, CancellationToken cancellationToken) =>
        WriteAsync(retries => RetrySettler.Leave(retries, process), cancellationToken);

    public ValueTask<RescueResult> RescueAsync(int limit, CancellationToken cancellationToken) =>
        WriteAsync(retries => RetrySettler.Rescue(retries, limit), cancellationToken);

    public ValueTask<RetryPage> ListAsync(RetryQuery query, CancellationToken cancellationToken) =>
        _file.ReadAsync(database => RetryReader.List(database, query), cancellationToken);

    public ValueTask<RetryItem?> GetAsync(Guid id, CancellationToken cancellationToken) =>
        _file.ReadAsync(database => RetryReader.Get(database, id), cancellationToken);

    public ValueTask<IReadOnlyList<RetryHistoryEntry>> ReadHistoryAsync(Guid id, CancellationToken cancellationToken) =>
        _file.ReadAsync(database => HistoryTable.Read(database, id), cancellationToken);

    public ValueTask<IReadOnlyList<RetryCount>> CountAsync(CancellationToken cancellationToken) =>
        _file.ReadAsync(CountTable.Read, cancellationToken);

    public ValueTask<long> CountStaleAsync(CancellationToken cancellationToken) =>
        _file.ReadAsync(database => AlertReader.CountStale(database, time.GetUtcNow()), cancellationToken);

    public ValueTask<IReadOnlyList<RetryAlert>> ReadAlertsAsync(int limit, CancellationToken cancellationToken) =>
        _file.ReadAsync(database => AlertReader.Read(database, time.GetUtcNow(), limit), cancellationToken);

    public ValueTask<IReadOnlyList<RetryGroup>> GroupAsync(RetryFilter filter, int limit, CancellationToken cancellationToken) =>
        _file.ReadAsync(database => RetryReader.Group(database, filter, limit), cancellationToken);

    public ValueTask<RetryChange> RequeueAsync(Guid id, CancellationToken cancellationToken) =>
        WriteAsync(retries => RetryOperator.Requeue(retries, id), cancellationToken);

    public ValueTask<RetryChange> CancelAsync(Guid id, CancellationToken cancellationToken) =>
        WriteAsync(retries => RetryOperator.Cancel(retries, id), cancellationToken);

    public ValueTask<RetryChange> DeadLetterAsync(Guid id, string reason, CancellationToken cancellationToken) =>
        WriteAsync(retries => RetryOperator.DeadLetter(retries, id, reason), cancellationToken);

    public ValueTask<RetryChange> EditAsync(Guid id, int version, ReadOnlyMemory<byte> payload, CancellationToken cancellationToken) =>
        WriteAsync(retries => RetryOperator.Edit(retries, id, version, payload), cancellationToken);

    public ValueTask<bool> MaintainAsync(TimeSpan keepHistory, TimeSpan keepDeadLetters, CancellationToken cancellationToken) =>
        WriteAsync(retries => RetryUpkeep.Step(retries, keepHistory, keepDeadLetters), cancellationToken);

    public ValueTask DisposeAsync() => _file.DisposeAsync();

    /// <summary>
    /// One transaction. The clock is asked under the write lock, so that instants stand in the file in the order of the transactions.
    /// </summary>
    public ValueTask<T> WriteAsync<T>(Func<RetryTable, T> work, CancellationToken cancellationToken) => _file.WriteAsync(
        database =>
        {
            var retries = new RetryTable(database, time.GetUtcNow());
            var result = work(retries);
            retries.Finish();
            return result;
        },
        cancellationToken);

    /// <summary>One unchanging view.</summary>
    public ValueTask<T> ReadAsync<T>(Func<SqliteDatabase, T> query, CancellationToken cancellationToken) => _file.ReadAsync(query, cancellationToken);

    private int Migrate(SqliteDatabase database)
    {
        foreach (var applied in SqliteMigrations.Apply(database, Migrations, time.GetUtcNow()))
        {
            StoreLog.MigrationApplied(log, applied.Number, applied.Name, _file.Path);
        }

        return Migrations.Count;
    }
}
