using Holdfast.Pipeline;
using Holdfast.Spool;
using Holdfast.Sqlite.Native;
using Holdfast.Sqlite.Store;
using Holdfast.Storage.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;

namespace Holdfast.Storage.Tests;

public sealed class SqliteTelemetryStoreTests : TelemetryStoreConformance
{
    private readonly TemporaryDirectory _directory = new();

    private protected override int RowsPerPrune => Pruner.RowsPerStep;

    private protected override ITelemetryStore Create(TimeProvider time) =>
        new SqliteTelemetryStore(new SqliteStoreOptions { DataDirectory = _directory.Path }, time, NullLogger<SqliteTelemetryStore>.Instance);

    [Fact]
    public async Task A_lost_range_costs_one_entry_however_long_it_is()
    {
        const long Last = 1L << 40; // What a damaged numbering may claim.
        var range = new LostRange(2, Last, null, null, 0, 0, "test", Batches.Noon);
        await Account.LoseAsync(Store, SpoolId, range);

        var held = await Held();

        held.Above.ShouldBe([new BatchRange(2, Last)]);
        (held.HighestBatchSeq, held.CountAbove, held.Holds(1L << 30), held.Holds(1)).ShouldBe((Last, Last - 1, true, false));
    }

    private protected override IReadOnlyList<DeadLetterSeen> ReadDeadLetters()
    {
        var letters = new List<DeadLetterSeen>();
        using var database = SqliteDatabase.Open(_directory.File("holdfast.db"));
        using var rows = database.Prepare("SELECT kind, batch_seq, row, row_count, original_payload, payload_bytes FROM dead_letter_queue ORDER BY id");
        while (rows.Step())
        {
            var kind = rows.Text(0) == "event" ? SpoolKind.Event : SpoolKind.Sample;
            letters.Add(new DeadLetterSeen(kind, rows.Int64(1), (int)rows.Int64(2), (int)rows.Int64(3), rows.Text(4), rows.Blob(5).ToArray()));
        }

        return letters;
    }

    private protected override void CleanUp() => _directory.Dispose();
}
