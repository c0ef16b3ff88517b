using Holdfast.Spool;
using Holdfast.Sqlite.Spool;
using Holdfast.Storage.Tests.Support;
using static Holdfast.Storage.Tests.Support.SpoolHarness;

namespace Holdfast.Storage.Tests.OfSpool;

/// <summary>Files that are taken away under an open spool. The system lets it go on writing into what nobody will find again; it does not.</summary>
public sealed class SpoolMovedTests : IAsyncDisposable
{
    private readonly SpoolHarness _harness = new();

    public static TheoryData<string> Faults => ["deleted", "renamed", "replaced", "log deleted", "directory renamed"];

    public ValueTask DisposeAsync() => _harness.DisposeAsync();

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task Nothing_is_acknowledged_that_only_a_lost_file_holds(string fault)
    {
        var spool = await _harness.OpenAsync();
        await spool.AppendAsync(EventEntry());

        TakeAway(fault);

        await Should.ThrowAsync<SpoolUnavailableException>(() => spool.AppendAsync(EventEntry()));
        spool.Snapshot().Fault.ShouldNotBeNull().ShouldContain("Put it back");
        await Should.ThrowAsync<SpoolUnavailableException>(() => spool.AppendAsync(EventEntry()));
    }

    [Theory]
    [InlineData("durable")]
    [InlineData("process")]
    public async Task A_tick_notices_it_without_an_append(string durability)
    {
        var spool = await _harness.OpenAsync(durability);
        await spool.AppendAsync(EventEntry());

        TakeAway("renamed");
        await _harness.TickAsync(spool);

        spool.Snapshot().Fault.ShouldNotBeNull();
    }

    [Fact]
    public async Task It_is_noticed_before_the_acknowledgement_although_it_happens_during_the_commit()
    {
        var spool = await _harness.OpenAsync();
        _harness.Hooks.BeforeMark = () => TakeAway("deleted");

        await Should.ThrowAsync<SpoolUnavailableException>(() => spool.AppendAsync(EventEntry()));
    }

    [Fact]
    public async Task What_waits_can_still_be_read_and_leave()
    {
        // Too little memory for more than the newest batch: the others have to be read from the file.
        _harness.Options.MemoryBytesMax = 8_000;
        var spool = await _harness.OpenAsync();
        for (var i = 0; i < 3; i++)
        {
            await spool.AppendAsync(EventEntry(bytes: 3_000));
        }

        TakeAway("replaced");

        (await spool.NumbersAsync()).ShouldBe([1, 2, 3]);
        await spool.RemoveAsync(1, 2);
        (await spool.NumbersAsync()).ShouldBe([3]);
    }

    [Fact]
    public async Task A_file_that_is_put_back_is_used_again_without_a_hole()
    {
        var spool = await _harness.OpenAsync();
        await spool.AppendAsync(EventEntry());
        TakeAway("renamed");
        await Should.ThrowAsync<SpoolUnavailableException>(() => spool.AppendAsync(EventEntry()));

        File.Move(Named("spool.db.away"), Named("spool.db"));
        await _harness.TickAsync(spool);
        await _harness.TickAsync(spool);

        spool.Snapshot().Fault.ShouldBeNull();
        (await spool.AppendAsync(EventEntry())).Positions[0].BatchSeq.ShouldBeGreaterThan(1);
    }

    [Theory]
    [InlineData("deleted")]
    [InlineData("log deleted")]
    [InlineData("directory renamed")]
    public async Task A_close_in_order_leaves_what_waits_for_the_next_start(string fault)
    {
        var spool = await _harness.OpenAsync();
        var identity = spool.SpoolId;
        await spool.AppendAsync(EventEntry(3));
        await spool.AppendAsync(EventEntry(4));
        TakeAway(fault);

        await spool.DisposeAsync();
        var next = await _harness.OpenAsync();

        next.SpoolId.ShouldBe(identity);
        (await next.NumbersAsync()).ShouldBe([1, 2]);
        (await next.LossesAsync()).ShouldBeEmpty();
        (await next.AppendAsync(EventEntry())).Positions[0].ShouldBe(new(3, 8));
    }

    [Fact]
    public async Task A_close_in_order_leaves_a_file_alone_that_stands_in_the_place_of_its_own()
    {
        var spool = await _harness.OpenAsync();
        await spool.AppendAsync(EventEntry());
        TakeAway("replaced");

        await spool.DisposeAsync();

        (await File.ReadAllTextAsync(Named("spool.db"))).ShouldBe("foreign");
        Directory.GetFiles(_harness.Directory, "spool.rescued-*.db").ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_mark_that_was_deleted_is_made_anew_before_the_next_acknowledgement()
    {
        var spool = await _harness.OpenAsync();
        await spool.AppendAsync(EventEntry());
        File.Delete(Named("spool.mark"));

        await spool.AppendAsync(EventEntry());

        MarkFile.Peek(Named("spool.mark")).ShouldNotBeNull().LastBatchSeq.ShouldBe(2);
    }

    private string Named(string name) => Path.Combine(_harness.Directory, name);

    private void TakeAway(string fault)
    {
        switch (fault)
        {
            case "deleted":
                File.Delete(Named("spool.db"));
                break;
            case "renamed":
                File.Move(Named("spool.db"), Named("spool.db.away"));
                break;
            case "replaced":
                File.Delete(Named("spool.db"));
                File.WriteAllText(Named("spool.db"), "foreign");
                break;
            case "log deleted":
                File.Delete(Named("spool.db-wal"));
                break;
            case "directory renamed":
                Directory.Move(_harness.Directory, Path.Combine(_harness.NewDirectory(), "away"));
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(fault), fault, "Not a fault.");
        }
    }
}
