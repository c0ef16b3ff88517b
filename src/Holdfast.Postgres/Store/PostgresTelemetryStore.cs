using Holdfast.Pipeline;
using Holdfast.Pipeline.DeadLetters;
using Holdfast.Postgres.Database;
using Holdfast.Spool;
using Holdfast.Storage;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Holdfast.Postgres.Store;

/// <summary>
/// The store on PostgreSQL. This class is the contract's shell: each operation is one delegate on <see cref="PostgresDatabase"/>, and the
/// work is done by the class that the delegate names.
/// </summary>
internal sealed class PostgresTelemetryStore : ITelemetryStore
{
    private readonly PostgresStoreOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger<PostgresTelemetryStore> _log;
    private readonly PostgresDatabase _database;
    private readonly PostgresSchema _schema;
    private readonly WriteTransactions _transactions = new();
    private readonly Pruner _pruner;
    private readonly ValidationWriter _validation;

    // Writer side: touched only by the one write that is under way.
    private readonly SemaphoreSlim _writerGate = new(1);
    private WriterMemory _memory;

    // Exchanged when the database is opened: what was prepared in another one says nothing about this one.
    private volatile Partitions _partitions;

    public PostgresTelemetryStore(PostgresStoreOptions options, TimeProvider time, ILogger<PostgresTelemetryStore> log)
        : this(options, time, log, PostgresSchema.Known)
    {
    }

    /// <summary>With other migrations than the program's own; for tests of upgrades.</summary>
    internal PostgresTelemetryStore(
        PostgresStoreOptions options, TimeProvider time, ILogger<PostgresTelemetryStore> log, IReadOnlyList<Migration> migrations)
    {
        _options = options;
        _time = time;
        _log = log;
        _database = new PostgresDatabase(ConnectionSettings.Parse(options.ConnectionString), options.WriteTimeMax, time);
        _schema = new PostgresSchema(_database, migrations, options.ReadTimeMax, time, log);
        _partitions = new Partitions(log);
        _memory = new WriterMemory(options, _transactions, time);
        _pruner = new Pruner(options.MaintenanceTimeMax, log);
        _validation = new ValidationWriter(new ApproachChoice(options.Approaches, time), _transactions, options.WriteTimeMax, log);
        Shared = new PostgresSharedLog(_database, options.ReadTimeMax, time, log);
        DeadLetters = new PostgresDeadLetterStore(_database, options, _transactions, time, log);
    }

    public string Kind => "postgres";

    public IDeadLetterStore DeadLetters { get; }

    public ISharedLog? Shared { get; }

    /// <summary>Where its connections are.</summary>
    public PostgresDatabase Database => _database;

    public async ValueTask<StoreIdentity> OpenAsync(CancellationToken cancellationToken)
    {
        await _writerGate.WaitAsync(cancellationToken);
        try
        {
            await _schema.EnsureAsync(cancellationToken);
            return await OpenNeedsGateAsync(cancellationToken);
        }
        finally
        {
            _writerGate.Release();
        }
    }

    public ValueTask<DateTimeOffset?> PingAsync(CancellationToken cancellationToken) => _database.RunForWriterAsync<DateTimeOffset?>(
        async (connection, token) => await SharedClock.ReadAsync(connection, token), cancellationToken);

    public async ValueTask<StoreWriteResult> WriteAsync(StoreWrite write, CancellationToken cancellationToken)
    {
        if (write.Batches.FirstOrDefault(batch => batch.Kind is not (SpoolKind.Event or SpoolKind.Sample)) is { } stray)
        {
            throw new ArgumentException($"Batches of kind {stray.Kind} do not belong into the telemetry store.", nameof(write));
        }

        await _writerGate.WaitAsync(cancellationToken);
        var leftBehind = _database.LeftBehind;
        try
        {
            return await _database.RunForWriterAsync((connection, token) => WriteAsync(connection, write, token), cancellationToken);
        }
        finally
        {
            // A write that was left behind still has the memory in its hands.
            _memory = _database.LeftBehind == leftBehind ? _memory : _memory.Renewed();
            _writerGate.Release();
        }
    }

    public ValueTask<ValidationWriteResult> WriteValidationAsync(PendingValidation pending, DateTimeOffset flushedAt, CancellationToken cancellationToken) =>
        _database.RunForWriterAsync((connection, token) => _validation.WriteAsync(connection, pending, flushedAt, token), cancellationToken);

    public ValueTask<ValidationHistory> ReadValidationAsync(DateTimeOffset now, CancellationToken cancellationToken) =>
        _database.RunAsync(_options.ReadTimeMax, (connection, token) => ValidationReader.ReadAsync(connection, now, token), cancellationToken);

    public ValueTask<StoreHeld> ReadHeldAsync(Guid spoolId, CancellationToken cancellationToken) =>
        _database.RunForWriterAsync((connection, token) => BatchLedger.ReadHeldAsync(connection, spoolId, token), cancellationToken);

    public async ValueTask RecordLossAsync(Guid spoolId, IReadOnlyList<LostRange> ranges, CancellationToken cancellationToken) =>
        await InTransactionAsync(
            async (connection, token) =>
            {
                await LossRecorder.RecordAsync(connection, spoolId, ranges, token);
                return ranges.Count;
            },
            cancellationToken);

    public ValueTask<StoreTotals> ReadTotalsAsync(Guid spoolId, CancellationToken cancellationToken) => _database.RunForWriterAsync(
        async (connection, token) => await SpoolAccount.FindAsync(connection, spoolId, token) is { } account
            ? account.ToTotals()
            : new StoreTotals(default, default),
        cancellationToken);

    public ValueTask<EventPage> QueryEventsAsync(EventQuery query, CancellationToken cancellationToken) => _database.RunAsync(
        _options.ReadTimeMax, (connection, token) => EventReader.QueryAsync(connection, query, _time.GetUtcNow(), token), cancellationToken);

    public ValueTask<IReadOnlyList<StoredEvent>> ReadEventsAfterAsync(Guid epoch, long afterSequence, int limit, CancellationToken cancellationToken) =>
        _database.RunAsync(
            _options.ReadTimeMax, (connection, token) => EventReader.ReadAfterAsync(connection, epoch, afterSequence, limit, token), cancellationToken);

    public ValueTask<EventCoverage> ReadCoverageAsync(Guid epoch, long afterSequence, long upTo, CancellationToken cancellationToken) => _database.RunAsync(
        _options.ReadTimeMax, (connection, token) => CoverageReader.ReadAsync(connection, epoch, afterSequence, upTo, token), cancellationToken);

    public ValueTask<IReadOnlyList<SeriesResult>> QuerySeriesAsync(SeriesQuery query, CancellationToken cancellationToken) =>
        _database.RunAsync(_options.ReadTimeMax, (connection, token) => SeriesReader.QueryAsync(connection, query, token), cancellationToken);

    public async ValueTask RecordAuditAsync(AuditEntry entry, CancellationToken cancellationToken) =>
        await InTransactionAsync((connection, token) => AuditTable.InsertAsync(connection, entry, token), cancellationToken);

    public ValueTask<AuditPage> ReadAuditAsync(AuditQuery query, CancellationToken cancellationToken) =>
        _database.RunAsync(_options.ReadTimeMax, (connection, token) => AuditTable.ReadAsync(connection, query, token), cancellationToken);

    public ValueTask<bool> RollUpAsync(DateTimeOffset now, CancellationToken cancellationToken) => _database.RunAsync(
        _options.MaintenanceTimeMax,
        async (connection, token) =>
        {
            await _partitions.PrepareAsync(connection, now, token);
            return await _transactions.RunAsync(connection, _options.MaintenanceTimeMax, () => RollupJob.RunAsync(connection, now, token), token);
        },
        cancellationToken);

    public ValueTask<PruneResult> PruneAsync(RetentionOptions retention, DateTimeOffset now, CancellationToken cancellationToken) =>
        _pruner.RunAsync(_database, retention, now, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _database.DisposeAsync();
        _writerGate.Dispose();
    }

    /// <summary>Whatever was remembered of the database that was there before is forgotten.</summary>
    private async ValueTask<StoreIdentity> OpenNeedsGateAsync(CancellationToken cancellationToken)
    {
        var partitions = new Partitions(_log);
        var storeId = await _database.RunAsync(
            _options.WriteTimeMax,
            async (connection, token) =>
            {
                await partitions.PrepareAsync(connection, _time.GetUtcNow(), token);
                return await connection.ScalarAsync<Guid>("SELECT store_id FROM holdfast.store", token);
            },
            cancellationToken);
        var identity = new StoreIdentity(storeId, _schema.Version);
        (_partitions, _memory) = (partitions, new WriterMemory(_options, _transactions, _time));
        _transactions.Opened(identity);
        return identity;
    }

    private ValueTask<T> InTransactionAsync<T>(Func<NpgsqlConnection, CancellationToken, ValueTask<T>> work, CancellationToken cancellationToken) =>
        _database.RunForWriterAsync(
            (connection, token) => _transactions.RunAsync(connection, _options.WriteTimeMax, () => work(connection, token), token), cancellationToken);

    private async ValueTask<StoreWriteResult> WriteAsync(NpgsqlConnection connection, StoreWrite write, CancellationToken cancellationToken)
    {
        var batches = new BatchWrite(connection, write, _memory, _time.GetUtcNow(), _log);
        var result = await batches.RunAsync(cancellationToken);
        if (batches.Refused.Count > 0)
        {
            StoreLog.RowsRefused(_log, batches.Refused.Count, batches.Refused[0].Refusal.Reason);
        }

        return result;
    }
}
