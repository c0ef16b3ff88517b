using Holdfast.Postgres.Database;
using Holdfast.Postgres.Operations;
using Holdfast.Postgres.Store;
using Holdfast.Retries;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Holdfast.Postgres.Retries;

/// <summary>
/// The queue of failed operations in PostgreSQL, with connections of its own. This class is the contract's shell; the transitions are the
/// functions of <c>Migrations/012_retry_functions.sql</c>, which workers in other languages call too. It has no clock: time is the database's.
/// </summary>
internal sealed class PostgresRetryStore : IRetryStore, IRetryPolicyTable
{
    private readonly PostgresStoreOptions _options;
    private readonly ILogger<PostgresRetryStore> _log;
    private readonly PostgresDatabase _database;
    private readonly PostgresSchema _schema;
    private readonly WriteTransactions _transactions = new();
    private readonly ClaimWindows _windows;

    public PostgresRetryStore(PostgresStoreOptions options, TimeProvider time, ILogger<PostgresRetryStore> log)
    {
        _options = options;
        _log = log;
        _windows = new ClaimWindows(time, ClaimWindows.Many);
        var settings = ConnectionSettings.Parse(options.ConnectionString);
        _database = new PostgresDatabase(settings.ForRetries(), options.WriteTimeMax, time);
        _schema = new PostgresSchema(_database, PostgresSchema.Known, options.ReadTimeMax, time, log);
        Doorbell = new PostgresRetryDoorbell(_database, settings, time, log);
        Operations = new PostgresOperationStore(_database, options);
    }

    /// <summary>Wakes the workers of other processes.</summary>
    public IRetryDoorbell Doorbell { get; }

    /// <summary>Operations over many of these items.</summary>
    public PostgresOperationStore Operations { get; }

    /// <summary>Where its connections are.</summary>
    public PostgresDatabase Database => _database;

    public async ValueTask OpenAsync(CancellationToken cancellationToken)
    {
        await _schema.EnsureAsync(cancellationToken);
        await _database.RunAsync(
            _options.WriteTimeMax,
            async (connection, token) =>
            {
                await new RetryUpkeep(connection, _log).MakeDaysAsync(token);
                return true;
            },
            cancellationToken);
    }

    public async ValueTask<IReadOnlyList<EnqueuedRetry>> EnqueueAsync(IReadOnlyList<NewRetry> items, CancellationToken cancellationToken) =>
        items.Count == 0 ? [] : await WriteAsync((connection, token) => EnqueueAsync(connection, items, token), cancellationToken);

    public ValueTask<bool> RenewAsync(Guid process, string node, TimeSpan lease, CancellationToken cancellationToken) =>
        WriteAsync((connection, token) => RetryWork.RenewAsync(connection, _options.WriteTimeMax, process, node, lease, token), cancellationToken);

    public ValueTask<RetryClaim> ClaimAsync(ClaimOrder order, CancellationToken cancellationToken) =>
        WriteAsync((connection, token) => RetryWork.ClaimAsync(connection, _options.WriteTimeMax, order, _windows, token), cancellationToken);

    public async ValueTask<IReadOnlyList<AckResult>> AckAsync(Guid process, IReadOnlyList<RetryAck> acks, CancellationToken cancellationToken) => acks.Count == 0
        ? []
        : await WriteAsync((connection, token) => RetryWork.AckAsync(connection, _options.WriteTimeMax, process, acks, token), cancellationToken);

    public ValueTask<int> LeaveAsync(Guid process, CancellationToken cancellationToken) =>
        WriteAsync((connection, token) => RetryWork.LeaveAsync(connection, _options.WriteTimeMax, process, token), cancellationToken);

    public ValueTask<RescueResult> RescueAsync(int limit, CancellationToken cancellationToken) => _database.RunAsync(
        _options.WriteTimeMax, (connection, token) => RetryWork.RescueAsync(connection, _options.WriteTimeMax, limit, token), cancellationToken);

    public ValueTask<RetryPage> ListAsync(RetryQuery query, CancellationToken cancellationToken) =>
        ReadAsync((connection, token) => RetryReader.ListAsync(connection, query, token), cancellationToken);

    public ValueTask<RetryItem?> GetAsync(Guid id, CancellationToken cancellationToken) =>
        ReadAsync((connection, token) => RetryReader.GetAsync(connection, id, token), cancellationToken);

    public ValueTask<IReadOnlyList<RetryHistoryEntry>> ReadHistoryAsync(Guid id, CancellationToken cancellationToken) =>
        ReadAsync((connection, token) => RetryReader.HistoryAsync(connection, id, token), cancellationToken);

    public ValueTask<IReadOnlyList<RetryCount>> CountAsync(CancellationToken cancellationToken) => ReadAsync(RetryReader.CountAsync, cancellationToken);

    public ValueTask<long> CountStaleAsync(CancellationToken cancellationToken) => ReadAsync(RetryReader.CountStaleAsync, cancellationToken);

    public ValueTask<IReadOnlyList<RetryAlert>> ReadAlertsAsync(int limit, CancellationToken cancellationToken) =>
        ReadAsync((connection, token) => RetryReader.AlertsAsync(connection, limit, token), cancellationToken);

    public ValueTask<IReadOnlyList<RetryGroup>> GroupAsync(RetryFilter filter, int limit, CancellationToken cancellationToken) =>
        ReadAsync((connection, token) => RetryReader.GroupAsync(connection, filter, limit, token), cancellationToken);

    public ValueTask<RetryChange> RequeueAsync(Guid id, CancellationToken cancellationToken) =>
        ChangeAsync(id, "SELECT holdfast.requeue_retry($1)", [id], cancellationToken);

    public ValueTask<RetryChange> CancelAsync(Guid id, CancellationToken cancellationToken) =>
        ChangeAsync(id, "SELECT holdfast.cancel_retry($1)", [id], cancellationToken);

    public ValueTask<RetryChange> DeadLetterAsync(Guid id, string reason, CancellationToken cancellationToken) =>
        ChangeAsync(id, "SELECT holdfast.dead_letter_retry($1, $2)", [id, reason], cancellationToken);

    public ValueTask<RetryChange> EditAsync(Guid id, int version, ReadOnlyMemory<byte> payload, CancellationToken cancellationToken) =>
        ChangeAsync(id, "SELECT holdfast.edit_retry($1, $2, $3)", [id, version, RetryWriter.Utf8(payload)], cancellationToken);

    public ValueTask<bool> MaintainAsync(TimeSpan keepHistory, TimeSpan keepDeadLetters, CancellationToken cancellationToken) => _database.RunAsync(
        _options.MaintenanceTimeMax, (connection, token) => new RetryUpkeep(connection, _log).RunAsync(keepHistory, keepDeadLetters, token), cancellationToken);

    public async ValueTask PublishAsync(RetryQueueOptions options, CancellationToken cancellationToken) => await WriteAsync(
        (connection, token) => _transactions.RunAsync(connection, _options.WriteTimeMax, () => RetryPolicies.ReplaceAsync(connection, options, token), token),
        cancellationToken);

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    /// <summary>Few items are one round trip; many are several in one transaction.</summary>
    private async ValueTask<IReadOnlyList<EnqueuedRetry>> EnqueueAsync(NpgsqlConnection connection, IReadOnlyList<NewRetry> items, CancellationToken cancellationToken)
    {
        if (!RetryWriter.IsOneStatement(items))
        {
            return await _transactions.RunAsync(
                connection, _options.WriteTimeMax, () => RetryWriter.EnqueueAsync(connection, items, cancellationToken), cancellationToken);
        }

        var (sql, parameters) = RetryWriter.Statement(items);
        return await RetryCall.RunAsync(connection, _options.WriteTimeMax, sql, RetryWriter.ReadAnswer, cancellationToken, parameters);
    }

    private ValueTask<RetryChange> ChangeAsync(Guid id, string sql, object?[] parameters, CancellationToken cancellationToken) => _database.RunAsync(
        _options.WriteTimeMax,
        async (connection, token) =>
        {
            var (result, item) = await RetryCall.RunAndSeeAsync(
                connection, _options.WriteTimeMax, (sql, parameters), row => RetryNames.ResultOf(row.GetString(0)), RetryReader.One(id), row => RetryRow.Read(row), token);
            return new RetryChange(result, item);
        },
        cancellationToken);

    private ValueTask<T> WriteAsync<T>(Func<NpgsqlConnection, CancellationToken, ValueTask<T>> work, CancellationToken cancellationToken) =>
        _database.RunForWriterAsync(work, cancellationToken);

    private ValueTask<T> ReadAsync<T>(Func<NpgsqlConnection, CancellationToken, ValueTask<T>> work, CancellationToken cancellationToken) =>
        _database.RunAsync(_options.ReadTimeMax, work, cancellationToken);
}
