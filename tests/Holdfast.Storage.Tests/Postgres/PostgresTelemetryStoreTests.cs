using Holdfast.Pipeline;
using Holdfast.Postgres.Store;
using Holdfast.Spool;
using Holdfast.Storage.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;

namespace Holdfast.Storage.Tests.Postgres;

/// <summary>The promises of every store, on PostgreSQL. A class has one database, which each test finds empty.</summary>
public abstract class PostgresTelemetryStoreTests(SharedDatabase shared) : TelemetryStoreConformance
{
    private PostgresTestDatabase _database = null!;

    /// <summary>Events go by whole days, and a day only when nothing that could have been received on it is within its keep time.</summary>
    private protected override TimeSpan RetentionGrain => TimeSpan.FromDays(2);

    public override async ValueTask InitializeAsync()
    {
        _database = await shared.GetAsync();
        _database.Reset();
        await base.InitializeAsync();
    }

    private protected override ITelemetryStore Create(TimeProvider time) => new PostgresTelemetryStore(
        new PostgresStoreOptions { ConnectionString = _database.ConnectionString }, time, NullLogger<PostgresTelemetryStore>.Instance);

    private protected override IReadOnlyList<DeadLetterSeen> ReadDeadLetters() => _database.Rows(
        "SELECT kind, batch_seq, row, row_count, original_payload::text, payload_bytes FROM monitoring.dead_letter_queue ORDER BY id",
        row => new DeadLetterSeen(
            row.GetString(0) == "event" ? SpoolKind.Event : SpoolKind.Sample, row.GetInt64(1), row.GetInt32(2), row.GetInt32(3), row.GetString(4),
            row.GetFieldValue<byte[]>(5)));
}

/// <summary>On the oldest server that is supported.</summary>
public sealed class Postgres15TelemetryStoreTests(OldestSharedDatabase shared) : PostgresTelemetryStoreTests(shared), IClassFixture<OldestSharedDatabase>;

/// <summary>On the newest server that is supported.</summary>
public sealed class Postgres18TelemetryStoreTests(NewestSharedDatabase shared) : PostgresTelemetryStoreTests(shared), IClassFixture<NewestSharedDatabase>;
