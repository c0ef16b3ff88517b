using System.Text;
using Holdfast.Pipeline;
using Holdfast.Spool;
using Holdfast.Sqlite.Spool;
using Holdfast.Storage.Tests.Support;
using static Holdfast.Storage.Tests.Support.SpoolHarness;

namespace Holdfast.Storage.Tests.OfSpool;

public sealed class SpoolInspectorTests : IAsyncDisposable
{
    private readonly SpoolHarness _harness = new();

    public ValueTask DisposeAsync() => _harness.DisposeAsync();

    [Fact]
    public async Task A_sound_spool_is_told_with_its_counts_also_while_it_is_in_use()
    {
        var spool = await _harness.OpenAsync();
        await spool.AppendAsync(EventEntry(3), Samples(4), EventEntry(2));
        await spool.RemoveAsync(1);

        var report = SpoolInspector.Verify(_harness.Directory, CancellationToken.None);

        report.IsSound.ShouldBeTrue();
        report.SpoolId.ShouldBe(spool.SpoolId);
        (report.LastBatchSeq, report.LastSequence, report.WaitingBatches, report.Waiting).ShouldBe((3, 5, 2, new RowCounts(2, 4, 0)));
        report.Mark.ShouldNotBeNull().LastBatchSeq.ShouldBe(3);
    }

    [Fact]
    public async Task Looking_changes_nothing()
    {
        var spool = await _harness.OpenAsync();
        await spool.AppendAsync(EventEntry(3));
        var crash = _harness.Crash();
        var before = Contents(crash);

        SpoolInspector.Verify(crash, CancellationToken.None).IsSound.ShouldBeTrue();
        SpoolInspector.Dump(crash, CancellationToken.None).Count().ShouldBe(1);

        Contents(crash).ShouldBe(before);
    }

    [Fact]
    public async Task A_damaged_batch_is_named()
    {
        var spool = await _harness.OpenAsync();
        var second = EventEntry(2, bytes: 999);
        await spool.AppendAsync(EventEntry(3), second);
        await spool.DisposeAsync();
        Damage.FlipWithin(Path.Combine(_harness.Directory, "spool.db"), second.Payload.Span);

        var report = SpoolInspector.Verify(_harness.Directory, CancellationToken.None);

        report.IsSound.ShouldBeFalse();
        report.DamagedBatches.ShouldBe([2]);
        SpoolInspector.Dump(_harness.Directory, CancellationToken.None).Last().Problem.ShouldBe("It does not fit its checksum.");
    }

    [Fact]
    public async Task A_file_behind_its_mark_is_told_before_a_start_makes_it_a_loss()
    {
        var spool = await _harness.OpenAsync();
        await spool.AppendAsync(EventEntry(3));
        await spool.AppendAsync(EventEntry(3));
        var crash = _harness.Crash();
        File.Delete(Path.Combine(crash, "spool.db-wal"));
        File.Copy(Path.Combine(_harness.Directory, "spool.db"), Path.Combine(crash, "spool.db"), overwrite: true);

        var report = SpoolInspector.Verify(crash, CancellationToken.None);

        report.IsSound.ShouldBeFalse();
        report.BehindMark.ShouldBe(2);
    }

    [Fact]
    public async Task What_is_no_spool_is_a_problem_and_no_exception()
    {
        var missing = SpoolInspector.Verify(_harness.NewDirectory(), CancellationToken.None);
        await File.WriteAllTextAsync(Path.Combine(_harness.Directory, "spool.db"), string.Concat(Enumerable.Repeat("no database ", 1_000)));
        var garbage = SpoolInspector.Verify(_harness.Directory, CancellationToken.None);

        missing.Problems.ShouldBe(["There is no spool.db."]);
        garbage.Problems.ShouldBe(["file is not a database"]);
    }

    [Fact]
    public async Task A_dump_has_every_row_decoded()
    {
        var spool = await _harness.OpenAsync();
        var events = Batches.Encode([Batches.Event("order.placed", data: """{"n":1}"""), Batches.Event("order.paid")]);
        var samples = SampleCodec.Encode([Batches.Sample(Batches.Series("cpu", """{"core":"0"}"""), 1, 0.5)]);
        await spool.AppendAsync(
            new SpoolEntry(SpoolKind.Event, EventCodec.Version, 2, events),
            new SpoolEntry(SpoolKind.Sample, SampleCodec.Version, 1, samples),
            new SpoolEntry(SpoolKind.RetryEnqueue, 1, 1, Encoding.UTF8.GetBytes("later")));
        await spool.ParkAsync([new ParkedRow(1, 1, SpoolKind.Event, new byte[3], "check failed", _harness.Clock.GetUtcNow())], CancellationToken.None);

        var rows = SpoolInspector.Dump(_harness.Directory, CancellationToken.None).ToArray();

        rows.Select(r => (r.BatchSeq, r.Row, r.Kind, r.SequenceId)).ShouldBe(
            [(1, 0, "event", 1), (1, 1, "event", 2), (2, 0, "sample", null), (3, 0, "retry_enqueue", null), (1, 1, "event", null)]);
        rows[0].EventType.ShouldBe("order.placed");
        rows[0].Data!.Value.GetProperty("n").GetInt32().ShouldBe(1);
        (rows[2].Series, rows[2].Value).ShouldBe(("cpu", 0.5));
        rows[3].Payload.ShouldBe(Encoding.UTF8.GetBytes("later"));
        rows[4].ParkedReason.ShouldBe("check failed");
    }

    [Fact]
    public async Task What_cannot_be_decoded_is_dumped_as_its_bytes_with_the_reason()
    {
        var spool = await _harness.OpenAsync();
        var entry = new SpoolEntry(SpoolKind.Event, EventCodec.Version, 1, new byte[7]);
        await spool.AppendAsync(entry);

        var row = SpoolInspector.Dump(_harness.Directory, CancellationToken.None).ShouldHaveSingleItem();

        row.Payload.ShouldBe(new byte[7]);
        row.Problem.ShouldBe("An event row is cut off at byte 0.");
    }

    private static Dictionary<string, string> Contents(string directory) => Directory.EnumerateFiles(directory)
        .Where(f => !f.EndsWith("-shm", StringComparison.Ordinal))
        .ToDictionary(f => Path.GetFileName(f), f => Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(f))));
}
