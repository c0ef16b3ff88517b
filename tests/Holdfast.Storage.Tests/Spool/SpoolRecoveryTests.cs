using System.Security.Cryptography;
using Holdfast.Spool;
using Holdfast.Sqlite.Spool;
using Holdfast.Storage.Tests.Support;
using static Holdfast.Storage.Tests.Support.SpoolHarness;

namespace Holdfast.Storage.Tests.OfSpool;

/// <summary>
/// Whatever is on disk: it starts, returns what is sound and nothing that is not, counts the rest as lost with its range, and numbers on
/// above everything acknowledged.
/// </summary>
public sealed class SpoolRecoveryTests : IAsyncDisposable
{
    // Few enough that all of them are still in the log when the process is killed.
    private const int Batches = 24;
    private const int RowsPerBatch = 10;

    private readonly SpoolHarness _harness = new();

    public ValueTask DisposeAsync() => _harness.DisposeAsync();

    [Fact]
    public async Task A_log_whose_tail_is_cut_off_costs_the_tail_and_the_mark_tells()
    {
        var spool = await FilledAsync();
        var crash = _harness.Crash();
        var log = Path.Combine(crash, "spool.db-wal");
        await using (var cut = File.OpenWrite(log))
        {
            cut.SetLength(cut.Length / 2);
        }

        var revived = await _harness.OpenAsync(directory: crash);

        var found = await AssertAccountedForAsync(revived, spool.SpoolId);
        found.ShouldBeGreaterThan(0);
        found.ShouldBeLessThan(Batches);
        (await revived.LossesAsync()).ShouldHaveSingleItem().Reason.ShouldBe("behind_mark");
    }

    [Fact]
    public async Task A_bit_that_flips_anywhere_in_the_log_never_keeps_it_from_starting()
    {
        var spool = await FilledAsync();

        for (var part = 1; part < 24; part++)
        {
            var crash = _harness.Crash();
            Damage.Flip(Path.Combine(crash, "spool.db-wal"), part / 24.0);
            var revived = await _harness.OpenAsync(directory: crash);

            await AssertAccountedForAsync(revived, spool.SpoolId);
            await revived.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_page_that_is_torn_anywhere_in_the_file_never_keeps_it_from_starting()
    {
        var spool = await FilledAsync();
        await spool.DisposeAsync();
        var pages = new FileInfo(Path.Combine(_harness.Directory, "spool.db")).Length / 8192;

        for (var page = 0; page < pages; page++)
        {
            var crash = _harness.Crash();
            Damage.Overwrite(Path.Combine(crash, "spool.db"), (page * 8192) + 4096, 4096);
            var revived = await _harness.OpenAsync(directory: crash);

            await AssertAccountedForAsync(revived, spool.SpoolId);
            await revived.DisposeAsync();
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_destroyed_first_page_costs_no_batch_whether_they_stand_in_the_file_or_in_the_log(bool closed)
    {
        // From rows that share a page to rows that go on over hundreds.
        int[] sizes = [1, 100, 3_000, 8_000, 8_200, 30_000, 2_000_000, 5];
        var spool = await _harness.OpenAsync();
        foreach (var size in sizes)
        {
            await spool.AppendAsync(size % 2 == 0 ? EventEntry(3, size) : Samples(2, size));
        }

        // The mark is told of it within a second; what left later comes again, and the store's batch ledger recognises it.
        await spool.RemoveAsync(1, 2);
        await _harness.TickAsync(spool);
        var before = await spool.ReadAsync();
        var totals = await spool.TotalsAsync();
        if (closed)
        {
            await spool.DisposeAsync();
        }

        var crash = _harness.Crash();
        Damage.Overwrite(Path.Combine(crash, "spool.db"), 0, 8_192);
        var revived = await _harness.OpenAsync(directory: crash);

        var after = await revived.ReadAsync();
        after.Select(b => (b.BatchSeq, b.Kind, b.Count, b.FirstSequence, b.ReceivedAt)).ShouldBe(before.Select(b => (b.BatchSeq, b.Kind, b.Count, b.FirstSequence, b.ReceivedAt)));
        after.Select(b => Convert.ToHexString(SHA256.HashData(b.Payload.Span))).ShouldBe(before.Select(b => Convert.ToHexString(SHA256.HashData(b.Payload.Span))));
        (revived.SpoolId, await revived.TotalsAsync()).ShouldBe((spool.SpoolId, totals));
        (await revived.LossesAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Without_its_mark_a_destroyed_first_page_leaves_no_identity_to_take_batches_under()
    {
        var spool = await FilledAsync();
        await spool.DisposeAsync();
        var crash = _harness.Crash();
        File.Delete(Path.Combine(crash, "spool.mark"));
        Damage.Overwrite(Path.Combine(crash, "spool.db"), 0, 8_192);

        var revived = await _harness.OpenAsync(directory: crash);

        revived.SpoolId.ShouldNotBe(spool.SpoolId);
        (await revived.NumbersAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_byte_that_changes_in_the_file_costs_at_most_what_it_touches()
    {
        var spool = await FilledAsync();
        await spool.DisposeAsync();

        for (var part = 1; part < 60; part++)
        {
            var crash = _harness.Crash();
            Damage.Flip(Path.Combine(crash, "spool.db"), part / 60.0);
            var revived = await _harness.OpenAsync(directory: crash);

            await AssertAccountedForAsync(revived, spool.SpoolId);
            await revived.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_damaged_payload_is_set_aside_when_it_is_read_and_blocks_nothing()
    {
        var spool = await FilledAsync();
        var unlike = EventEntry(7, 2_999);
        await spool.AppendAsync(unlike);
        await spool.DisposeAsync();
        Damage.FlipWithin(Path.Combine(_harness.Directory, "spool.db"), unlike.Payload.Span.Slice(100, 64));

        var reopened = await _harness.OpenAsync();
        var read = await reopened.NumbersAsync();

        read.ShouldBe(Enumerable.Range(1, Batches).Select(n => (long)n));
        var loss = (await reopened.LossesAsync()).ShouldHaveSingleItem();
        (loss.FirstBatchSeq, loss.LastBatchSeq, loss.Events, loss.Reason).ShouldBe((Batches + 1, Batches + 1, 7, "corrupt"));
        reopened.Snapshot().LostRows.ShouldBe(7);
        Directory.EnumerateFiles(_harness.Directory, "spool.corrupt-*").ShouldBeEmpty();
    }

    [Fact]
    public async Task Losses_are_reported_until_they_are_confirmed_and_stay_counted()
    {
        await FilledAsync();
        var crash = _harness.Crash();
        File.Delete(Path.Combine(crash, "spool.db-wal"));
        var revived = await _harness.OpenAsync(directory: crash);
        var losses = await revived.LossesAsync();
        losses.ShouldNotBeEmpty();

        await revived.ConfirmLossAsync([.. losses.Select(l => l.FirstBatchSeq)], CancellationToken.None);
        await revived.DisposeAsync();

        var again = await _harness.OpenAsync(directory: crash);
        (await again.LossesAsync()).ShouldBeEmpty();
        again.Snapshot().LostRows.ShouldBe(Batches * RowsPerBatch);
    }

    [Theory]
    [InlineData("not a database at all")]
    [InlineData("SQLite format 3\0 and then nothing of the kind")]
    public async Task A_file_that_is_no_database_is_kept_aside_and_everything_in_it_is_lost(string content)
    {
        var spool = await FilledAsync();
        await spool.RemoveAsync(1, 2, 3);
        await _harness.TickAsync(spool);
        await spool.DisposeAsync();
        var database = Path.Combine(_harness.Directory, "spool.db");
        await File.WriteAllTextAsync(database, string.Concat(Enumerable.Repeat(content, 100)));

        var reopened = await _harness.OpenAsync();

        reopened.SpoolId.ShouldBe(spool.SpoolId);
        var loss = (await reopened.LossesAsync()).ShouldHaveSingleItem();
        (loss.FirstBatchSeq, loss.LastBatchSeq, loss.Events).ShouldBe((4, Batches, (Batches - 3) * RowsPerBatch));
        (loss.FirstSequence, loss.LastSequence).ShouldBe((31, Batches * RowsPerBatch));
        var kept = Directory.EnumerateFiles(_harness.Directory, "spool.corrupt-*.db").ShouldHaveSingleItem();
        (await File.ReadAllTextAsync(kept)).ShouldStartWith(content);
        (await reopened.TotalsAsync()).Events.ShouldBe(new SpoolCounts(Batches * RowsPerBatch, 0, 0));
        (await reopened.AppendAsync(EventEntry())).Positions.ShouldBe([new(Batches + 1, (Batches * RowsPerBatch) + 1)]);
    }

    [Fact]
    public async Task A_deleted_file_is_a_loss_of_what_waited_in_it()
    {
        var spool = await FilledAsync();
        await spool.AppendAsync(Samples(7));
        await spool.DisposeAsync();
        File.Delete(Path.Combine(_harness.Directory, "spool.db"));

        var reopened = await _harness.OpenAsync();

        reopened.SpoolId.ShouldBe(spool.SpoolId);
        var loss = (await reopened.LossesAsync()).ShouldHaveSingleItem();
        (loss.FirstBatchSeq, loss.LastBatchSeq, loss.Events, loss.Samples, loss.Reason).ShouldBe((1, Batches + 1, Batches * RowsPerBatch, 7, "missing"));
        (await reopened.TotalsAsync()).Samples.Received.ShouldBe(7);
    }

    [Fact]
    public async Task A_file_deleted_after_it_was_drained_is_no_loss()
    {
        var spool = await FilledAsync();
        await spool.RemoveAsync([.. Enumerable.Range(1, Batches).Select(n => (long)n)]);
        await spool.DisposeAsync();
        File.Delete(Path.Combine(_harness.Directory, "spool.db"));

        var reopened = await _harness.OpenAsync();

        (await reopened.LossesAsync()).ShouldBeEmpty();
        (await reopened.AppendAsync(EventEntry())).Positions.ShouldBe([new(Batches + 1, (Batches * RowsPerBatch) + 1)]);
        (await reopened.TotalsAsync()).Events.Received.ShouldBe((Batches * RowsPerBatch) + 1);
    }

    [Fact]
    public async Task A_deleted_data_directory_is_a_new_spool()
    {
        var spool = await FilledAsync();
        await spool.DisposeAsync();
        Directory.Delete(_harness.Directory, recursive: true);

        var reopened = await _harness.OpenAsync();

        reopened.SpoolId.ShouldNotBe(spool.SpoolId);
        (await reopened.LossesAsync()).ShouldBeEmpty();
        (await reopened.AppendAsync(EventEntry())).Positions.ShouldBe([new(1, 1)]);
    }

    [Fact]
    public async Task A_log_left_behind_by_a_deleted_file_is_not_played_into_the_new_one()
    {
        var spool = await FilledAsync();
        var crash = _harness.Crash();
        File.Delete(Path.Combine(crash, "spool.db"));

        var revived = await _harness.OpenAsync(directory: crash);

        (await revived.NumbersAsync()).ShouldBeEmpty();
        (await revived.LossesAsync()).Sum(l => l.Events).ShouldBe(Batches * RowsPerBatch);
        revived.SpoolId.ShouldBe(spool.SpoolId);
    }

    [Fact]
    public async Task A_file_ahead_of_its_mark_has_lost_nothing()
    {
        await using var first = await _harness.OpenAsync();
        await first.AppendAsync(EventEntry(5));
        var mark = await ReadSharedAsync(Path.Combine(_harness.Directory, "spool.mark"));
        await first.AppendAsync(EventEntry(5));
        var crash = _harness.Crash();
        await File.WriteAllBytesAsync(Path.Combine(crash, "spool.mark"), mark);

        var revived = await _harness.OpenAsync(directory: crash);

        (await revived.LossesAsync()).ShouldBeEmpty();
        (await revived.NumbersAsync()).ShouldBe([1, 2]);
    }

    [Fact]
    public async Task A_mark_that_is_gone_or_torn_costs_nothing()
    {
        var spool = await FilledAsync();
        var gone = _harness.Crash();
        File.Delete(Path.Combine(gone, "spool.mark"));
        var torn = _harness.Crash();
        Damage.Overwrite(Path.Combine(torn, "spool.mark"), 0, 20);

        foreach (var crash in new[] { gone, torn })
        {
            var revived = await _harness.OpenAsync(directory: crash);

            (await revived.NumbersAsync()).Length.ShouldBe(Batches);
            (await revived.LossesAsync()).ShouldBeEmpty();
            revived.SpoolId.ShouldBe(spool.SpoolId);
        }
    }

    [Fact]
    public async Task The_mark_of_another_spool_is_not_believed()
    {
        await FilledAsync();
        var crash = _harness.Crash();
        var other = await _harness.OpenAsync(directory: _harness.NewDirectory());
        await other.RaiseNumberingAsync(1_000_000, 1_000_000, CancellationToken.None);
        await other.AppendAsync(EventEntry());
        await other.DisposeAsync();
        File.Copy(Path.Combine(_harness.Options.DataDirectory, "spool.mark"), Path.Combine(crash, "spool.mark"), overwrite: true);

        var revived = await _harness.OpenAsync(directory: crash);

        (await revived.LossesAsync()).ShouldBeEmpty();
        (await revived.AppendAsync(EventEntry())).Positions.ShouldBe([new(Batches + 1, (Batches * RowsPerBatch) + 1)]);
    }

    [Fact]
    public async Task A_salvage_that_was_complete_when_the_process_died_takes_its_place()
    {
        var spool = await FilledAsync();
        await spool.DisposeAsync();
        File.Move(Path.Combine(_harness.Directory, "spool.db"), Path.Combine(_harness.Directory, "spool.salvage.db"));

        var reopened = await _harness.OpenAsync();

        (await reopened.NumbersAsync()).Length.ShouldBe(Batches);
        (await reopened.LossesAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_salvage_that_was_not_complete_is_begun_again()
    {
        var spool = await FilledAsync();
        await spool.DisposeAsync();
        await File.WriteAllTextAsync(Path.Combine(_harness.Directory, "spool.salvage.db"), "half of it");

        var reopened = await _harness.OpenAsync();

        (await reopened.NumbersAsync()).Length.ShouldBe(Batches);
        File.Exists(Path.Combine(_harness.Directory, "spool.salvage.db")).ShouldBeFalse();
    }

    [Fact]
    public async Task Salvage_keeps_what_stands_beside_the_batches()
    {
        var spool = await FilledAsync();
        var store = Guid.NewGuid();
        var remembered = await spool.RememberStoreAsync(store, new RowCounts(-3, -4, 0), CancellationToken.None);
        await spool.ValidateAsync(new ValidationCount("a", 3, 3, 0, 0, 0, 0));
        await spool.ParkAsync([new ParkedRow(1, 0, SpoolKind.Event, new byte[5], "check", _harness.Clock.GetUtcNow())], CancellationToken.None);
        await spool.DisposeAsync();
        DamageFreePageCount();

        var reopened = await _harness.OpenAsync();

        Directory.EnumerateFiles(_harness.Directory, "spool.corrupt-*.db").ShouldHaveSingleItem();
        (await reopened.NumbersAsync()).Length.ShouldBe(Batches);
        (await reopened.LossesAsync()).ShouldBeEmpty();
        (await reopened.RememberStoreAsync(store, default, CancellationToken.None)).ShouldBe(remembered);
        (await reopened.TakeValidationAsync(CancellationToken.None)).Counts.ShouldHaveSingleItem().Total.ShouldBe(3);
        (await reopened.TotalsAsync()).Events.ShouldBe(new SpoolCounts(Batches * RowsPerBatch, Batches * RowsPerBatch, 1));
    }

    [Fact]
    public async Task Damage_that_appears_while_it_runs_is_mended_from_memory()
    {
        var spool = await FilledAsync();
        _harness.Hooks.BeforeGroup = _ =>
        {
            _harness.Hooks.BeforeGroup = null;
            Damage.Overwrite(Path.Combine(_harness.Directory, "spool.db"), 0, 8192);
            throw new Microsoft.Data.Sqlite.SqliteException("database disk image is malformed", SQLitePCL.raw.SQLITE_CORRUPT);
        };

        await Should.ThrowAsync<SpoolUnavailableException>(() => spool.AppendAsync(EventEntry()));
        var receipt = await spool.AppendAsync(EventEntry());

        receipt.Positions.ShouldBe([new(Batches + 1, (Batches * RowsPerBatch) + 1)]);
        (await spool.NumbersAsync()).Length.ShouldBe(Batches + 1);
        (await spool.LossesAsync()).ShouldBeEmpty();
        Directory.EnumerateFiles(_harness.Directory, "spool.corrupt-*.db").ShouldHaveSingleItem();
    }

    private async Task<SqliteSpool> FilledAsync()
    {
        var spool = await _harness.OpenAsync();
        for (var i = 0; i < Batches; i++)
        {
            await spool.AppendAsync(EventEntry(RowsPerBatch, 3_000));
        }

        return spool;
    }

    /// <summary>Each batch is either returned whole or lies in a range reported as lost, and the rows add up. Returns how many were returned.</summary>
    private static async Task<int> AssertAccountedForAsync(SqliteSpool spool, Guid spoolId)
    {
        var payload = EventEntry(RowsPerBatch, 3_000).Payload.ToArray();
        var batches = await spool.ReadAsync();
        var losses = await spool.LossesAsync();
        var totals = await spool.TotalsAsync();
        var next = await spool.AppendAsync(EventEntry());

        spool.SpoolId.ShouldBe(spoolId);
        batches.Count(b => !b.Payload.Span.SequenceEqual(payload) || b.FirstSequence != ((b.BatchSeq - 1) * RowsPerBatch) + 1).ShouldBe(0);
        var lost = losses.SelectMany(l => Enumerable.Range((int)l.FirstBatchSeq, (int)(l.LastBatchSeq - l.FirstBatchSeq + 1))).Select(n => (long)n);
        batches.Select(b => b.BatchSeq).Concat(lost).Order().ShouldBe(Enumerable.Range(1, Batches).Select(n => (long)n));
        totals.Events.Received.ShouldBe(Batches * RowsPerBatch);
        totals.Events.Spooled.ShouldBe(batches.Count * RowsPerBatch);
        losses.Sum(l => l.Events).ShouldBe((Batches - batches.Count) * RowsPerBatch);
        next.Positions.ShouldBe([new(Batches + 1, (Batches * RowsPerBatch) + 1)]);
        return batches.Count;
    }

    /// <summary>The header's count of free pages: the check at start finds it wrong, and every row can still be read.</summary>
    private void DamageFreePageCount()
    {
        using var file = File.Open(Path.Combine(_harness.Directory, "spool.db"), FileMode.Open);
        file.Position = 36;
        file.Write([0, 0, 0, 77]);
    }

    private static async Task<byte[]> ReadSharedAsync(string path)
    {
        await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var content = new byte[file.Length];
        await file.ReadExactlyAsync(content);
        return content;
    }
}
