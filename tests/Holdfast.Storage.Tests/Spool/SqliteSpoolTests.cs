using Holdfast.Spool;
using Holdfast.Storage.Tests.Support;
using static Holdfast.Storage.Tests.Support.SpoolHarness;

namespace Holdfast.Storage.Tests.OfSpool;

public sealed class SqliteSpoolTests : IAsyncDisposable
{
    private readonly SpoolHarness _harness = new();

    public ValueTask DisposeAsync() => _harness.DisposeAsync();

    [Fact]
    public async Task Batches_and_events_are_numbered_without_holes()
    {
        var spool = await _harness.OpenAsync();

        var first = await spool.AppendAsync(EventEntry(3), Samples(10), EventEntry(2));
        var second = await spool.AppendAsync(EventEntry(1));

        first.Positions.ShouldBe([new(1, 1), new(2, 0), new(3, 4)]);
        second.Positions.ShouldBe([new(4, 6)]);
    }

    [Fact]
    public async Task What_was_acknowledged_is_there_after_a_kill()
    {
        var spool = await _harness.OpenAsync();
        var entry = EventEntry(3, bytes: 50_000);
        var receipt = await spool.AppendAsync(entry);

        var revived = await _harness.OpenAsync(directory: _harness.Crash());

        revived.SpoolId.ShouldBe(spool.SpoolId);
        var batch = (await revived.ReadAsync()).ShouldHaveSingleItem();
        batch.ShouldBe(new SpooledBatch(1, SpoolKind.Event, 1, 3, 1, receipt.ReceivedAt, batch.Payload));
        batch.Payload.ToArray().ShouldBe(entry.Payload.ToArray());
        (await revived.LossesAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Numbering_survives_a_drained_spool_and_a_restart()
    {
        var spool = await _harness.OpenAsync();
        await spool.AppendAsync(EventEntry(7));
        await spool.RemoveAsync(1);
        await spool.DisposeAsync();

        var reopened = await _harness.OpenAsync();
        var receipt = await reopened.AppendAsync(EventEntry(1));

        receipt.Positions.ShouldBe([new(2, 8)]);
        reopened.SpoolId.ShouldBe(spool.SpoolId);
    }

    [Fact]
    public async Task Numbering_is_raised_above_what_a_store_holds_and_never_lowered()
    {
        var spool = await _harness.OpenAsync();
        await spool.RaiseNumberingAsync(100, 1_000, CancellationToken.None);
        await spool.RaiseNumberingAsync(5, 5, CancellationToken.None);

        var receipt = await spool.AppendAsync(EventEntry(1));

        receipt.Positions.ShouldBe([new(101, 1_001)]);
        (await spool.NumbersAsync()).ShouldBe([101]);
    }

    [Fact]
    public async Task A_read_stops_before_its_limits_but_always_returns_one_batch()
    {
        var spool = await _harness.OpenAsync();
        await spool.AppendAsync(EventEntry(400, 1_000), EventEntry(200, 1_000), EventEntry(400, 1_000));

        (await spool.NumbersAsync(new SpoolRead { RowsMax = 600 })).ShouldBe([1, 2]);
        (await spool.NumbersAsync(new SpoolRead { BytesMax = 1_999 })).ShouldBe([1]);
        (await spool.NumbersAsync(new SpoolRead { RowsMax = 1 })).ShouldBe([1]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Filters_hold_for_batches_in_memory_and_on_disk_alike(bool onDisk)
    {
        var spool = await _harness.OpenAsync();
        await AppendTenBatchesAsync(spool);
        if (onDisk)
        {
            await spool.DisposeAsync();
            spool = await _harness.OpenAsync();
        }

        var fromFive = _harness.Clock.GetUtcNow() - TimeSpan.FromMinutes(6);
        (await spool.NumbersAsync(new SpoolRead { Kinds = [SpoolKind.Sample] })).ShouldBe([2, 4, 6, 8, 10]);
        (await spool.NumbersAsync(new SpoolRead { AfterBatchSeq = 7 })).ShouldBe([8, 9, 10]);
        (await spool.NumbersAsync(new SpoolRead { ReceivedFrom = fromFive })).ShouldBe([5, 6, 7, 8, 9, 10]);
        (await spool.NumbersAsync(new SpoolRead { AfterSequence = 29 })).ShouldBe([5, 7, 9]);
        (await spool.NumbersAsync(new SpoolRead { AfterSequence = 30 })).ShouldBe([7, 9]);
        (await spool.NumbersAsync(new SpoolRead { AfterSequence = 50 })).ShouldBeEmpty();
        (await spool.NumbersAsync(new SpoolRead { AfterSequence = 0, RowsMax = 25 })).ShouldBe([1, 3]);
    }

    [Fact]
    public async Task A_read_goes_from_disk_into_memory_without_a_step_left_out()
    {
        _harness.Options.MemoryBytesMax = 10_000;
        _harness.Options.DiskBytesMax = 1 << 20;
        var spool = await _harness.OpenAsync();
        for (var i = 0; i < 50; i++)
        {
            await spool.AppendAsync(EventEntry(1, 1_000));
        }

        (await spool.NumbersAsync()).ShouldBe(Enumerable.Range(1, 50).Select(n => (long)n));
        spool.Snapshot().MemoryBytes.ShouldBeLessThanOrEqualTo(5_000);
    }

    [Fact]
    public async Task Removing_twice_is_harmless()
    {
        var spool = await _harness.OpenAsync();
        await spool.AppendAsync(EventEntry(3), Samples(2));

        await spool.RemoveAsync(1, 99);
        await spool.RemoveAsync(1);

        (await spool.NumbersAsync()).ShouldBe([2]);
        var totals = await spool.TotalsAsync();
        totals.Events.ShouldBe(new SpoolCounts(Received: 3, Spooled: 0, Parked: 0));
        totals.Samples.ShouldBe(new SpoolCounts(Received: 2, Spooled: 2, Parked: 0));
    }

    [Fact]
    public async Task A_reader_is_woken_by_the_next_append_and_not_by_what_has_left()
    {
        var spool = await _harness.OpenAsync();
        await spool.AppendAsync(EventEntry());
        await spool.RemoveAsync(1);

        var drained = spool.WaitForAppendAsync(0, CancellationToken.None).AsTask();
        drained.IsCompleted.ShouldBeFalse();
        await spool.AppendAsync(EventEntry());
        await drained;

        spool.WaitForAppendAsync(1, CancellationToken.None).AsTask().IsCompleted.ShouldBeTrue();
        spool.WaitForAppendAsync(2, CancellationToken.None).AsTask().IsCompleted.ShouldBeFalse();
    }

    [Fact]
    public async Task A_snapshot_tells_the_oldest_batch_whatever_order_they_leave_in()
    {
        var spool = await _harness.OpenAsync();
        var start = _harness.Clock.GetUtcNow();
        for (var i = 0; i < 3; i++)
        {
            await spool.AppendAsync(EventEntry(2, 100));
            _harness.Clock.Advance(TimeSpan.FromMilliseconds(10));
        }

        await spool.RemoveAsync(1);
        await spool.RemoveAsync(3);

        var snapshot = spool.Snapshot();
        snapshot.OldestReceivedAt.ShouldBe(start.AddMilliseconds(10));
        (snapshot.Batches, snapshot.Rows, snapshot.LiveBytes, snapshot.LastBatchSeq, snapshot.LastSequence).ShouldBe((1, 2, 100, 3, 6));
        await spool.RemoveAsync(2);
        spool.Snapshot().OldestReceivedAt.ShouldBeNull();
    }

    [Fact]
    public async Task Parked_rows_are_counted_once_and_outlive_their_batch()
    {
        var spool = await _harness.OpenAsync();
        await spool.AppendAsync(EventEntry(2));
        var row = new ParkedRow(1, 0, SpoolKind.Event, new byte[40], "check failed", _harness.Clock.GetUtcNow());

        await spool.ParkAsync([row], CancellationToken.None);
        await spool.ParkAsync([row, row with { Row = 1 }], CancellationToken.None);
        await spool.RemoveAsync(1);

        var revived = await _harness.OpenAsync(directory: _harness.Crash());
        (await revived.TotalsAsync()).Events.ShouldBe(new SpoolCounts(Received: 2, Spooled: 0, Parked: 2));
        revived.Snapshot().ParkedRows.ShouldBe(2);
    }

    [Fact]
    public async Task Parked_rows_have_a_quarter_of_the_budget_and_do_not_fill_the_rest()
    {
        _harness.Options.DiskBytesMax = 4_000;
        var spool = await _harness.OpenAsync();
        var row = new ParkedRow(1, 0, SpoolKind.Event, new byte[600], "check failed", _harness.Clock.GetUtcNow());
        await spool.ParkAsync([row], CancellationToken.None);

        await Should.ThrowAsync<SpoolFullException>(() => spool.ParkAsync([row with { Row = 1 }], CancellationToken.None).AsTask());

        spool.Snapshot().Level.ShouldBe(SpoolLevel.Ok);
        (await spool.TotalsAsync()).Events.Parked.ShouldBe(1);
    }

    [Fact]
    public async Task A_store_is_remembered_with_what_had_been_resolved_before_it_was_first_seen()
    {
        var spool = await _harness.OpenAsync();
        await spool.AppendAsync(EventEntry(5), Samples(4), EventEntry(2));
        await spool.RemoveAsync(1, 2);
        var store = Guid.NewGuid();

        var first = await spool.RememberStoreAsync(store, default, CancellationToken.None);
        await spool.RemoveAsync(3);

        first.ShouldBe(new StoreMemory(EventsBefore: 5, SamplesBefore: 4));
        await spool.DisposeAsync();
        var reopened = await _harness.OpenAsync();
        (await reopened.RememberStoreAsync(store, default, CancellationToken.None)).ShouldBe(new StoreMemory(5, 4));
    }

    /// <summary>Events and samples in turn, ten rows each, a minute apart.</summary>
    private async Task AppendTenBatchesAsync(ISpool spool)
    {
        for (var i = 1; i <= 10; i++)
        {
            await spool.AppendAsync(i % 2 == 1 ? EventEntry(10) : Samples(10));
            _harness.Clock.Advance(TimeSpan.FromMinutes(1));
        }
    }
}
