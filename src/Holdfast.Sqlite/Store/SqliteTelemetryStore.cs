using Holdfast.Pipeline;
using Holdfast.Pipeline.DeadLetters;
using Holdfast.Spool;
using Holdfast.Sqlite.Native;
using Holdfast.Storage;
using Microsoft.Extensions.Logging;

namespace Holdfast.Sqlite.Store;

/// <summary>
/// The embedded store: one SQLite file in write-ahead mode, synced with every commit. This class is the contract's shell: each operation
/// is one delegate on <see cref="StoreFile"/>, and the work is done by the class that the delegate names.
/// </summary>
internal sealed class SqliteTelemetryStore : ITelemetryStore
{
    private const string MigrationsPrefix = "Holdfast.Sqlite.Store.Migrations.";

    private readonly TimeProvider _time;
    private readonly ILogger<SqliteTelemetryStore> _log;
    private readonly StoreFile _file;
    private readonly IReadOnlyList<Migration> _migrations;

    // Writer side: touched only inside a write of the file.
    private readonly SeriesCatalog _catalog = new();
    private readonly Pruner _pruner;

    public SqliteTelemetryStore(SqliteStoreOptions options, TimeProvider time, ILogger<SqliteTelemetryStore> log)
        : this(options, time, log, Migration.FromResources(typeof(SqliteTelemetryStore).Assembly, MigrationsPrefix))
    {
    }

    /// <summary>With other migrations than the program's own; for tests of upgrades.</summary>
    internal SqliteTelemetryStore(
        SqliteStoreOptions options, TimeProvider time, ILogger<SqliteTelemetryStore> log, IReadOnlyList<Migration> migrations)
    {
        _time = time;
        _log = log;
        _migrations = migrations;
        _file = new StoreFile(options, time, log) { OnRolledBack = _catalog.Forget };
        _pruner = new Pruner(_catalog);
        DeadLetters = new SqliteDeadLetterStore(_file, _catalog, time);
    }

    public string Kind => "sqlite";

    public IDeadLetterStore DeadLetters { get; }

    public async ValueTask<StoreIdentity> OpenAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await _file.OpenAsync(Migrate, cancellationToken);
        }
        catch (MigrationException fault)
        {
            throw new StoreUnavailableException("schema", $"{_file.Path}: {fault.Message}", fault);
        }
    }

    public ValueTask<StoreWriteResult> WriteAsync(StoreWrite write, CancellationToken cancellationToken) => _file.WriteAsync(
        async database =>
        {
            var batches = new BatchWrite(database, write, _catalog);
            var result = await batches.RunAsync(_time.GetUtcNow(), cancellationToken);
            if (batches.Refused.Count > 0)
            {
                StoreLog.RowsRefused(_log, batches.Refused.Count, batches.Refused[0].Refusal.Reason);
            }

            return result;
        },
        cancellationToken);

    public ValueTask<ValidationWriteResult> WriteValidationAsync(PendingValidation pending, DateTimeOffset flushedAt, CancellationToken cancellationToken) =>
        _file.WriteAsync(database => ValidationWriter.Write(database, pending, flushedAt), cancellationToken);

    public ValueTask<ValidationHistory> ReadValidationAsync(DateTimeOffset now, CancellationToken cancellationToken) =>
        _file.ReadAsync(database => ValidationReader.Read(database, now), cancellationToken);

    public ValueTask<StoreHeld> ReadHeldAsync(Guid spoolId, CancellationToken cancellationToken) =>
        _file.ReadAsync(database => BatchLedger.ReadHeld(database, spoolId), cancellationToken);

    public async ValueTask RecordLossAsync(Guid spoolId, IReadOnlyList<LostRange> ranges, CancellationToken cancellationToken) =>
        await _file.WriteAsync(
            database =>
            {
                var account = SpoolAccount.FindOrAdd(database, spoolId);
                foreach (var range in ranges)
                {
                    LossRecorder.Record(database, account, range);
                }

                account.Save(database);
                return account;
            },
            cancellationToken);

    public ValueTask<StoreTotals> ReadTotalsAsync(Guid spoolId, CancellationToken cancellationToken) => _file.ReadAsync(
        database => SpoolAccount.Find(database, spoolId) is { } account
            ? new StoreTotals(account.Events.ToCounts(), account.Samples.ToCounts())
            : new StoreTotals(default, default),
        cancellationToken);

    public ValueTask<EventPage> QueryEventsAsync(EventQuery query, CancellationToken cancellationToken) =>
        _file.ReadAsync(database => EventReader.Query(database, query), cancellationToken);

    public ValueTask<IReadOnlyList<StoredEvent>> ReadEventsAfterAsync(Guid epoch, long afterSequence, int limit, CancellationToken cancellationToken) =>
        _file.ReadAsync(database => EventReader.ReadAfter(database, epoch, afterSequence, limit), cancellationToken);

    public ValueTask<EventCoverage> ReadCoverageAsync(Guid epoch, long afterSequence, long upTo, CancellationToken cancellationToken) =>
        _file.ReadAsync(database => CoverageReader.Read(database, epoch, afterSequence, upTo), cancellationToken);

    public ValueTask<IReadOnlyList<SeriesResult>> QuerySeriesAsync(SeriesQuery query, CancellationToken cancellationToken) =>
        _file.ReadAsync(database => SeriesReader.Query(database, query), cancellationToken);

    public async ValueTask RecordAuditAsync(AuditEntry entry, CancellationToken cancellationToken) => await _file.WriteAsync(
        database =>
        {
            AuditTable.Insert(database, entry);
            return entry;
        },
        cancellationToken);

    public ValueTask<AuditPage> ReadAuditAsync(AuditQuery query, CancellationToken cancellationToken) =>
        _file.ReadAsync(database => AuditTable.Read(database, query), cancellationToken);

    public ValueTask<bool> RollUpAsync(DateTimeOffset now, CancellationToken cancellationToken) => _file.WriteAsync(
        database =>
        {
            var more = RollupJob.Run(database, now.ToUnixTimeMilliseconds());
            _catalog.ForgetMarks();
            return more;
        },
        cancellationToken);

    public async ValueTask<PruneResult> PruneAsync(RetentionOptions retention, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var total = new PruneResult(0, More: false);
        foreach (var step in _pruner.Steps(retention, now))
        {
            var done = await _file.WriteAsync(step, cancellationToken);
            total = new PruneResult(total.RowsDeleted + done.RowsDeleted, total.More || done.More);
        }

        return total;
    }

    public ValueTask DisposeAsync() => _file.DisposeAsync();

    private StoreIdentity Migrate(SqliteDatabase database)
    {
        foreach (var applied in SqliteMigrations.Apply(database, _migrations, _time.GetUtcNow()))
        {
            StoreLog.MigrationApplied(_log, applied.Number, applied.Name, _file.Path);
        }

        return new StoreIdentity(StoreMeta.ReadStoreId(database), _migrations.Count);
    }
}
