using Holdfast.Pipeline;
using Holdfast.Rollout;
using Holdfast.Sqlite.Native;
using Holdfast.Sqlite.Store;
using Holdfast.Storage;
using Microsoft.Extensions.Logging;

namespace Holdfast.Sqlite.Flags;

/// <summary>
/// What flags say at run time, in a file of its own: a kill does not wait for a batch of telemetry that is being written. This class is the
/// contract's shell: each operation is one delegate on <see cref="StoreFile"/>, and the work is done by the class that the delegate names.
/// </summary>
internal sealed class SqliteFlagStore(string dataDirectory, TimeProvider time, ILogger<SqliteFlagStore> log) : IFlagStore
{
    private const string FileName = "flags.db";

    private static readonly IReadOnlyList<Migration> Migrations = Migration.FromResources(typeof(SqliteFlagStore).Assembly, "Holdfast.Sqlite.Flags.Migrations.");

    private readonly StoreFile _file = new(new SqliteStoreOptions { DataDirectory = dataDirectory, FileName = FileName }, time, log);

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

    public ValueTask<FlagSheet> ReadAsync(CancellationToken cancellationToken) => _file.ReadAsync(FlagTable.ReadSheet, cancellationToken);

    public ValueTask<FlagEdition> ReadEditionAsync(CancellationToken cancellationToken) => _file.ReadAsync(FlagTable.ReadEdition, cancellationToken);

    // The clock is asked under the write lock, so that instants stand in the file in the order of the transactions.
    public ValueTask<FlagWriteResult> WriteAsync(FlagWrite write, CancellationToken cancellationToken) =>
        _file.WriteAsync(database => FlagTable.Write(database, write, time.GetUtcNow()), cancellationToken);

    public ValueTask<IReadOnlyList<FlagChangeNote>> ReadHistoryAsync(FlagHistoryQuery query, CancellationToken cancellationToken) =>
        _file.ReadAsync(database => FlagTable.ReadHistory(database, query), cancellationToken);

    public async ValueTask AddSamplesAsync(Guid id, IReadOnlyList<FlagSample> samples, CancellationToken cancellationToken) => await _file.WriteAsync(
        database =>
        {
            FlagSampleTable.Add(database, id, samples, time.GetUtcNow());
            return true;
        },
        cancellationToken);

    public ValueTask<FlagMeasured> ReadSamplesAsync(string flag, TimeSpan last, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        return _file.ReadAsync(database => new FlagMeasured(now, FlagSampleTable.Read(database, flag, now - last)), cancellationToken);
    }

    public async ValueTask MaintainAsync(TimeSpan keepHistory, TimeSpan keepSamples, CancellationToken cancellationToken) => await _file.WriteAsync(
        database =>
        {
            FlagTable.PruneHistory(database, time.GetUtcNow() - keepHistory);
            FlagSampleTable.Prune(database, time.GetUtcNow() - keepSamples);
            return true;
        },
        cancellationToken);

    public ValueTask DisposeAsync() => _file.DisposeAsync();

    private int Migrate(SqliteDatabase database)
    {
        foreach (var applied in SqliteMigrations.Apply(database, Migrations, time.GetUtcNow()))
        {
            StoreLog.MigrationApplied(log, applied.Number, applied.Name, _file.Path);
        }

        return Migrations.Count;
    }
}
