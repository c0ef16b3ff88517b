using Holdfast.Lifecycle;
using Holdfast.Retries;
using Holdfast.Spool;
using Holdfast.Sqlite.Spool;
using Holdfast.Storage.Tests.Support;
using static Holdfast.Storage.Tests.Support.SpoolHarness;

namespace Holdfast.Storage.Tests.OfSpool;

/// <summary>What an acknowledgement is worth in each mode.</summary>
public sealed class SpoolDurabilityTests : IAsyncDisposable
{
    private readonly SpoolHarness _harness = new();

    public ValueTask DisposeAsync() => _harness.DisposeAsync();

    [Theory]
    [InlineData("durable")]
    [InlineData("process")]
    [InlineData("memory")]
    public async Task Every_mode_keeps_everything_over_a_clean_restart(string mode)
    {
        var spool = await _harness.OpenAsync(mode);
        await spool.AppendAsync(EventEntry(3), Samples(2));
        await spool.ValidateAsync(new ValidationCount("a", 1, 1, 0, 0, 0, 0));
        await spool.RemoveAsync(1);
        await spool.DisposeAsync();

        var reopened = await _harness.OpenAsync(mode);

        reopened.Durability.ToString().ShouldBe(mode, StringCompareShould.IgnoreCase);
        (await reopened.NumbersAsync()).ShouldBe([2]);
        (await reopened.LossesAsync()).ShouldBeEmpty();
        (await reopened.TotalsAsync()).Events.ShouldBe(new SpoolCounts(3, 0, 0));
        (await reopened.TakeValidationAsync(CancellationToken.None)).Counts.Count.ShouldBe(1);
        (await reopened.AppendAsync(EventEntry())).Positions.ShouldBe([new(3, 4)]);
    }

    [Theory]
    [InlineData("durable")]
    [InlineData("process")]
    [InlineData("memory")]
    public async Task What_waits_at_a_clean_stop_is_kept_and_not_dropped(string mode)
    {
        var spool = await _harness.OpenAsync(mode);
        await spool.AppendAsync(EventEntry(3));
        await using var retries = new RetrySpool(async token => await _harness.OpenAsync("process"), isThere: false);
        var report = new ShutdownReport();

        await new SpoolKeep(spool, retries).ShutdownAsync(report, CancellationToken.None);

        (report.Spooled, report.Dropped).ShouldBe((3, 0));
    }

    [Fact]
    public async Task Mode_process_survives_a_kill()
    {
        var spool = await _harness.OpenAsync("process");
        await spool.AppendAsync(EventEntry(3));

        var revived = await _harness.OpenAsync("process", _harness.Crash());

        (await revived.NumbersAsync()).ShouldBe([1]);
        (await revived.LossesAsync()).Sum(l => l.Events + l.Samples).ShouldBe(0);
    }

    [Theory]
    [InlineData("process")]
    [InlineData("memory")]
    public async Task After_a_kill_no_number_is_given_out_twice_though_the_mark_is_behind(string mode)
    {
        var spool = await _harness.OpenAsync(mode);
        var unmarked = _harness.Crash();
        (await spool.AppendAsync(EventEntry(3))).Positions.ShouldBe([new(1, 1)]);

        // As if nothing of it had come to disk. The store may have it all the same.
        var revived = await _harness.OpenAsync(mode, unmarked);

        var loss = (await revived.LossesAsync()).ShouldHaveSingleItem();
        (loss.FirstBatchSeq, loss.LastBatchSeq, loss.FirstSequence, loss.Events, loss.Samples, loss.Reason)
            .ShouldBe((1, SpoolRecovery.Leap, null, 0, 0, "unclean_end"));
        (await revived.AppendAsync(EventEntry())).Positions.ShouldBe([new(SpoolRecovery.Leap + 1, SpoolRecovery.Leap + 1)]);
    }

    [Fact]
    public async Task After_a_kill_in_another_mode_numbering_leaps_once()
    {
        await _harness.OpenAsync("process");
        var crash = _harness.Crash();
        var durable = await _harness.OpenAsync("durable", crash);
        await durable.DisposeAsync();

        var again = await _harness.OpenAsync("durable", crash);

        (await again.AppendAsync(EventEntry())).Positions.ShouldBe([new(SpoolRecovery.Leap + 1, SpoolRecovery.Leap + 1)]);
    }

    [Fact]
    public async Task Mode_memory_loses_with_a_kill_what_the_mark_of_the_last_second_tells()
    {
        var spool = await _harness.OpenAsync("memory");
        await spool.AppendAsync(EventEntry(3), Samples(4));
        await _harness.TickAsync(spool);

        var revived = await _harness.OpenAsync("memory", _harness.Crash());

        revived.SpoolId.ShouldBe(spool.SpoolId);
        (await revived.NumbersAsync()).ShouldBeEmpty();
        var losses = await revived.LossesAsync();
        losses.Select(l => (l.FirstBatchSeq, l.LastBatchSeq, l.Events, l.Samples)).ShouldBe([(1, 2, 3, 4), (3, SpoolRecovery.Leap + 2, 0, 0)]);
        (await revived.AppendAsync(EventEntry())).Positions.ShouldBe([new(SpoolRecovery.Leap + 3, SpoolRecovery.Leap + 4)]);
    }

    [Fact]
    public async Task Mode_memory_writes_no_batch_to_disk_and_has_the_budget_of_memory()
    {
        _harness.Options.MemoryBytesMax = 1_000_000;
        var spool = await _harness.OpenAsync("memory");
        await spool.AppendAsync(EventEntry(bytes: 400_000));

        new DirectoryInfo(_harness.Directory).EnumerateFiles("spool.db*").Sum(f => f.Length).ShouldBeLessThan(200_000);
        spool.Snapshot().DiskBytesMax.ShouldBe(1_000_000);
        (await spool.NumbersAsync()).ShouldBe([1]);
    }

    [Fact]
    public async Task Mode_memory_takes_over_what_waits_on_disk()
    {
        var durable = await _harness.OpenAsync();
        await durable.AppendAsync(EventEntry(3));
        await durable.DisposeAsync();

        var memory = await _harness.OpenAsync("memory");

        (await memory.NumbersAsync()).ShouldBe([1]);
        var revived = await _harness.OpenAsync("durable", _harness.Crash());
        (await revived.NumbersAsync()).ShouldBe([1]);
    }
}
