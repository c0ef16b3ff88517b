using Holdfast.Pipeline;
using Holdfast.Spool;
using Holdfast.Storage.Tests.Support;

namespace Holdfast.Storage.Tests.OfSpool;

/// <summary>What is parked comes back, once.</summary>
public sealed class SpoolParkedTests : IAsyncDisposable
{
    private readonly SpoolHarness _harness = new();

    public ValueTask DisposeAsync() => _harness.DisposeAsync();

    [Fact]
    public async Task A_parked_row_waits_again_as_a_batch_of_its_own()
    {
        var spool = await _harness.OpenAsync();
        var payload = Batches.Encode([Batches.Event()]);
        await spool.AppendAsync(SpoolAppend.Of(SpoolHarness.EventEntry(3)), CancellationToken.None);
        await spool.ParkAsync([new ParkedRow(1, 1, SpoolKind.Event, payload, "check", _harness.Clock.GetUtcNow())], CancellationToken.None);
        await spool.RemoveAsync([1], CancellationToken.None);

        var moved = await spool.UnparkAsync(10, CancellationToken.None);

        moved.ShouldBe(1);
        var batch = (await spool.ReadAsync(new SpoolRead(), CancellationToken.None)).ShouldHaveSingleItem();
        (batch.BatchSeq, batch.FirstSequence, batch.Count, batch.FormatVersion).ShouldBe((2, 4, 1, EventCodec.Version));
        batch.Payload.ToArray().ShouldBe(payload);
        (await spool.ReadTotalsAsync(CancellationToken.None)).Events.ShouldBe(new SpoolCounts(Received: 3, Spooled: 1, Parked: 0));
    }

    [Fact]
    public async Task Parked_rows_come_back_oldest_first_and_no_more_than_asked_for()
    {
        var spool = await _harness.OpenAsync();
        await spool.AppendAsync(SpoolHarness.Samples(), SpoolHarness.Samples());
        await spool.RemoveAsync(1, 2);
        await spool.ParkAsync(
            [.. Enumerable.Range(0, 5).Select(i => new ParkedRow(1 + (i % 2), i, SpoolKind.Sample, new byte[] { (byte)i }, "check", _harness.Clock.GetUtcNow()))],
            CancellationToken.None);

        var first = await spool.UnparkAsync(3, CancellationToken.None);
        var rest = await spool.UnparkAsync(3, CancellationToken.None);
        var none = await spool.UnparkAsync(3, CancellationToken.None);

        (first, rest, none).ShouldBe((3, 2, 0));
        (await spool.ReadAsync(new SpoolRead(), CancellationToken.None)).Select(batch => batch.Payload.Span[0]).ShouldBe(new byte[] { 0, 2, 4, 1, 3 });
        spool.Snapshot().ParkedRows.ShouldBe(0);
    }

    [Fact]
    public async Task A_row_whose_batch_still_waits_stays_parked_until_that_is_settled()
    {
        var spool = await _harness.OpenAsync();
        await spool.AppendAsync(SpoolAppend.Of(SpoolHarness.EventEntry(3)), CancellationToken.None);
        await spool.ParkAsync([new ParkedRow(1, 1, SpoolKind.Event, new byte[5], "check", _harness.Clock.GetUtcNow())], CancellationToken.None);

        var whileItWaits = await spool.UnparkAsync(10, CancellationToken.None);
        await spool.RemoveAsync([1], CancellationToken.None);
        var afterwards = await spool.UnparkAsync(10, CancellationToken.None);

        (whileItWaits, afterwards).ShouldBe((0, 1));
    }

    [Fact]
    public async Task What_was_parked_of_a_batch_can_be_forgotten()
    {
        var spool = await _harness.OpenAsync();
        await spool.ParkAsync(
            [.. Enumerable.Range(0, 4).Select(i => new ParkedRow(1 + (i / 2), i, SpoolKind.Event, new byte[5], "check", _harness.Clock.GetUtcNow()))],
            CancellationToken.None);

        await spool.ForgetParkedAsync([1, 3], CancellationToken.None);

        (await spool.ReadTotalsAsync(CancellationToken.None)).Events.Parked.ShouldBe(2);
        (await spool.UnparkAsync(10, CancellationToken.None)).ShouldBe(2);
        spool.Snapshot().ParkedRows.ShouldBe(0);
    }

    [Fact]
    public async Task After_a_kill_a_row_is_in_one_of_the_two_places()
    {
        var spool = await _harness.OpenAsync();
        await spool.ParkAsync([new ParkedRow(1, 0, SpoolKind.Sample, new byte[5], "check", _harness.Clock.GetUtcNow())], CancellationToken.None);
        var before = _harness.Crash();
        await spool.UnparkAsync(1, CancellationToken.None);
        var after = _harness.Crash();

        var revivedBefore = await _harness.OpenAsync(directory: before);
        var revivedAfter = await _harness.OpenAsync(directory: after);

        (await revivedBefore.ReadTotalsAsync(CancellationToken.None)).Samples.ShouldBe(new SpoolCounts(Received: 0, Spooled: 0, Parked: 1));
        (await revivedAfter.ReadTotalsAsync(CancellationToken.None)).Samples.ShouldBe(new SpoolCounts(Received: 0, Spooled: 1, Parked: 0));
    }
}
