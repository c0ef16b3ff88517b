using Holdfast.Spool;
using Holdfast.Sqlite.Spool;
using Holdfast.Storage.Tests.Support;
using Microsoft.Data.Sqlite;
using SQLitePCL;
using static Holdfast.Storage.Tests.Support.SpoolHarness;

namespace Holdfast.Storage.Tests.OfSpool;

/// <summary>The disk refuses: nothing is acknowledged, nothing acknowledged is lost, and it heals by itself.</summary>
public sealed class SpoolFaultTests : IAsyncDisposable
{
    private readonly SpoolHarness _harness = new();

    public ValueTask DisposeAsync() => _harness.DisposeAsync();

    [Fact]
    public async Task A_full_disk_fails_the_append_and_says_so()
    {
        var spool = await OpenOnSmallDiskAsync();

        await Should.ThrowAsync<SpoolUnavailableException>(() => spool.AppendAsync(EventEntry(bytes: 500_000)));

        spool.Snapshot().Fault.ShouldNotBeNull().ShouldContain("full");
        (await spool.NumbersAsync()).ShouldBe([1]);
    }

    [Fact]
    public async Task On_a_full_disk_batches_can_still_leave()
    {
        var spool = await OpenOnSmallDiskAsync();
        using var stop = new ManualResetEventSlim();
        await Should.ThrowAsync<SpoolUnavailableException>(() => spool.AppendAsync(EventEntry(bytes: 500_000)));

        await spool.RemoveAsync(1);

        (await spool.NumbersAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task What_makes_room_goes_through_although_its_group_could_not()
    {
        var spool = await OpenOnSmallDiskAsync();
        using var hold = new ManualResetEventSlim();
        var limit = _harness.Hooks.BeforeGroup!;
        _harness.Hooks.BeforeGroup = file =>
        {
            hold.Wait();
            limit(file);
        };
        var held = spool.TotalsAsync();

        var append = spool.AppendAsync(EventEntry(bytes: 200_000));
        var removal = spool.RemoveAsync(1);
        hold.Set();
        await held;

        await Should.ThrowAsync<SpoolUnavailableException>(() => append);
        await removal;
        (await spool.NumbersAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task When_there_is_room_again_it_goes_on_without_a_hole()
    {
        var spool = await OpenOnSmallDiskAsync();
        await Should.ThrowAsync<SpoolUnavailableException>(() => spool.AppendAsync(EventEntry(3, bytes: 500_000)));
        _harness.Hooks.BeforeGroup = file => file.Database.Execute("pragma max_page_count = 100000");

        var receipt = await spool.AppendAsync(EventEntry(3, bytes: 500_000));

        receipt.Positions.ShouldBe([new(2, 2)]);
        spool.Snapshot().Fault.ShouldBeNull();
    }

    [Fact]
    public async Task The_fault_ends_without_an_append_once_the_file_can_be_written()
    {
        var spool = await OpenOnSmallDiskAsync();
        await Should.ThrowAsync<SpoolUnavailableException>(() => spool.AppendAsync(EventEntry(bytes: 500_000)));
        _harness.Hooks.BeforeGroup = file => file.Database.Execute("pragma max_page_count = 100000");

        await _harness.TickAsync(spool);
        spool.Snapshot().Fault.ShouldNotBeNull();
        await _harness.TickAsync(spool);

        spool.Snapshot().Fault.ShouldBeNull();
    }

    [Fact]
    public async Task The_reserve_is_given_up_on_a_full_disk_and_made_again()
    {
        var spool = await _harness.OpenAsync();
        await _harness.TickAsync(spool);
        var reserve = Path.Combine(_harness.Directory, "spool.reserve");
        new FileInfo(reserve).Length.ShouldBe(ReserveFile.SizeBytes);

        LimitTo(0);
        await Should.ThrowAsync<SpoolUnavailableException>(() => spool.AppendAsync(EventEntry(bytes: 500_000)));
        File.Exists(reserve).ShouldBeFalse();

        _harness.Hooks.BeforeGroup = null;
        await _harness.TickAsync(spool);
        File.Exists(reserve).ShouldBeTrue();
    }

    [Theory]
    [InlineData(raw.SQLITE_IOERR)]
    [InlineData(raw.SQLITE_READONLY)]
    [InlineData(raw.SQLITE_BUSY)]
    [InlineData(raw.SQLITE_CORRUPT)]
    public async Task A_commit_that_fails_costs_its_group_and_nothing_else(int code)
    {
        var spool = await _harness.OpenAsync();
        await spool.AppendAsync(EventEntry(2));
        _harness.Hooks.BeforeCommit = _ => throw new SqliteException("The disk says no.", code);

        await Should.ThrowAsync<SpoolUnavailableException>(() => spool.AppendAsync(EventEntry(5)));
        spool.Snapshot().Fault.ShouldBe("The disk says no.");
        _harness.Hooks.BeforeCommit = null;
        var receipt = await spool.AppendAsync(EventEntry(1));

        receipt.Positions.ShouldBe([new(2, 3)]);
        spool.Snapshot().Fault.ShouldBeNull();
        (await spool.NumbersAsync()).ShouldBe([1, 2]);
        (await spool.TotalsAsync()).Events.ShouldBe(new SpoolCounts(3, 3, 0));
        (await spool.LossesAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Without_its_mark_nothing_is_acknowledged()
    {
        var spool = await _harness.OpenAsync();
        _harness.Hooks.BeforeMark = () => throw new IOException("The mark cannot be synced.");

        await Should.ThrowAsync<SpoolUnavailableException>(() => spool.AppendAsync(EventEntry()));
        spool.Snapshot().Fault.ShouldBe("The mark cannot be synced.");
        _harness.Hooks.BeforeMark = null;
        var receipt = await spool.AppendAsync(EventEntry());

        receipt.Positions.ShouldBe([new(2, 2)]);
        spool.Snapshot().Fault.ShouldBeNull();
    }

    [Fact]
    public async Task An_error_nobody_thought_of_fails_its_group_and_the_writer_goes_on()
    {
        var spool = await _harness.OpenAsync();
        _harness.Hooks.BeforeCommit = _ => throw new InvalidOperationException("A mistake.");

        await Should.ThrowAsync<SpoolUnavailableException>(() => spool.AppendAsync(EventEntry()));
        _harness.Hooks.BeforeCommit = null;

        (await spool.AppendAsync(EventEntry())).Positions.ShouldBe([new(1, 1)]);
    }

    [Fact]
    public async Task Housekeeping_that_fails_takes_no_acknowledgement_back()
    {
        var spool = await _harness.OpenAsync();
        _harness.Hooks.BeforeHousekeeping = () => throw new SqliteException("The log cannot be emptied.", raw.SQLITE_IOERR);

        await spool.AppendAsync(EventEntry());
        await spool.AppendAsync(EventEntry());
        _harness.Hooks.BeforeHousekeeping = null;
        await spool.AppendAsync(EventEntry());

        (await spool.NumbersAsync()).ShouldBe([1, 2, 3]);
        spool.Snapshot().MemoryBytes.ShouldBeGreaterThan(0);
        spool.Snapshot().Fault.ShouldBeNull();
    }

    private async Task<SqliteSpool> OpenOnSmallDiskAsync()
    {
        var spool = await _harness.OpenAsync();
        await spool.AppendAsync(EventEntry(1, 100_000));
        LimitTo(4);
        return spool;
    }

    /// <summary>No more pages than the file has, and a few.</summary>
    private void LimitTo(int morePages) => _harness.Hooks.BeforeGroup = file =>
        file.Database.Execute($"pragma max_page_count = {file.Database.ReadNumber("pragma page_count") + morePages}");
}
