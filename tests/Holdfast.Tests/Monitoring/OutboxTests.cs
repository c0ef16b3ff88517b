using System.Text;
using System.Text.Json;
using Holdfast.Monitoring;
using Holdfast.Tests.Support;

namespace Holdfast.Tests.Monitoring;

public sealed class OutboxTests
{
    private static readonly CancellationToken None = CancellationToken.None;

    [Fact]
    public async Task Control_goes_before_values_and_values_before_events()
    {
        var outbox = new Outbox();
        outbox.Offer(Some.Told(1, 1));
        outbox.Offer(Tick("tick"));
        outbox.Offer(Control("control"));

        var frames = await outbox.TakeAsync(None);

        frames.Select(Type).ShouldBe(["control", "tick", "e"]);
    }

    [Fact]
    public async Task Of_ticks_that_were_not_taken_the_next_reader_gets_all_values()
    {
        var outbox = new Outbox();
        outbox.Offer(Tick("first"));
        outbox.Offer(new TickUpdate(Frame("second"), new Lazy<byte[]>(() => Frame("all"))));

        var frames = await outbox.TakeAsync(None);

        frames.Select(Type).ShouldBe(["all"]);
    }

    [Fact]
    public async Task A_slow_reader_loses_the_oldest_events_and_is_told_which()
    {
        var outbox = new Outbox();
        for (var first = 1; first <= 6_001; first += 1_000)
        {
            outbox.Offer(Some.Told(first, 1_000));
        }

        var frames = await outbox.TakeAsync(None);

        Type(frames[0]).ShouldBe("g");
        var gap = JsonDocument.Parse(frames[0]).RootElement[1];
        gap.GetProperty("from").GetInt64().ShouldBe(1);
        gap.GetProperty("to").GetInt64().ShouldBe(5_000);
        outbox.Dropped.ShouldBe(5_000);
        JsonDocument.Parse(frames[1]).RootElement[2][0].GetProperty("sequence_id").GetInt64().ShouldBe(5_001);
    }

    [Fact]
    public async Task What_is_dropped_of_several_epochs_is_a_gap_in_each()
    {
        var outbox = new Outbox();
        var (one, other) = (Guid.NewGuid(), Guid.NewGuid());
        for (var first = 1; first <= 3_001; first += 1_000)
        {
            outbox.Offer(Some.Told(first, 1_000, one));
            outbox.Offer(Some.Told(first + 50_000, 1_000, other));
        }

        var gaps = (await outbox.TakeAsync(None)).Where(frame => Type(frame) == "g").Select(frame => JsonDocument.Parse(frame).RootElement[1])
            .Select(gap => (gap.GetProperty("epoch").GetGuid(), gap.GetProperty("from").GetInt64(), gap.GetProperty("to").GetInt64()));

        gaps.ShouldBe([(one, 1, 3_000), (other, 50_001, 53_000)], ignoreOrder: true);
    }

    [Fact]
    public async Task Control_that_does_not_fit_ends_the_connection_and_takes_no_memory()
    {
        var outbox = new Outbox();
        for (var i = 0; i < 10 * Outbox.ControlMax; i++)
        {
            outbox.Offer(Control("control"));
        }

        var frames = await outbox.TakeAsync(None);

        outbox.Overflowed.ShouldBeTrue();
        frames.Count.ShouldBe(Outbox.ControlMax);
    }

    [Fact]
    public async Task Control_is_bounded_in_bytes_too_and_one_frame_always_fits()
    {
        var outbox = new Outbox();
        var large = new ControlUpdate(new byte[Outbox.ControlBytesMax + 1]);

        outbox.Offer(large);
        outbox.Overflowed.ShouldBeFalse();
        outbox.Waiting.Bytes.ShouldBe(large.Frame.Length);
        outbox.Offer(Control("control"));

        outbox.Overflowed.ShouldBeTrue();
        (await outbox.TakeAsync(None)).ShouldBe([large.Frame]);
        outbox.Waiting.Bytes.ShouldBe(0);
    }

    [Fact]
    public async Task A_reader_that_waits_is_woken_by_the_next_offer()
    {
        var outbox = new Outbox();
        var reading = outbox.TakeAsync(None);
        reading.IsCompleted.ShouldBeFalse();

        outbox.Offer(Control("control"));

        (await reading).Select(Type).ShouldBe(["control"]);
    }

    [Fact]
    public async Task After_the_goodbye_nothing_more_is_taken()
    {
        var outbox = new Outbox();
        outbox.Finish(Frame("b"));
        outbox.Offer(Control("control"));

        var frames = await outbox.TakeAsync(None);
        var after = await outbox.TakeAsync(None);

        frames.Select(Type).ShouldBe(["b"]);
        after.ShouldBeEmpty();
        outbox.Finished.ShouldBeTrue();
    }

    [Fact]
    public async Task What_a_watcher_does_not_want_is_not_kept_for_it()
    {
        var outbox = new Outbox { WantsEvents = false };
        outbox.Offer(Some.Told(1, 1));
        outbox.Offer(Tick("tick"));

        var frames = await outbox.TakeAsync(None);

        frames.Select(Type).ShouldBe(["tick"]);
    }

    private static ControlUpdate Control(string type) => new(Frame(type));

    private static TickUpdate Tick(string type) => new(Frame(type), new Lazy<byte[]>(() => Frame("all")));

    private static byte[] Frame(string type) => Encoding.UTF8.GetBytes($"[\"{type}\"]");

    private static string? Type(byte[] frame) => JsonDocument.Parse(frame).RootElement[0].GetString();
}

/// <summary>
/// Alone, since memory is counted for the whole process; of several readers, and the middle of several rounds, so that what earlier tests leave
/// behind weighs little whenever it goes.
/// </summary>
[Collection(nameof(OutboxMemoryTests))]
[CollectionDefinition(nameof(OutboxMemoryTests), DisableParallelization = true)]
public sealed class OutboxMemoryTests
{
    private const int Rounds = 5;
    private const int Readers = 16;
    private const int UpdatesEach = 4_000;

    [Theory]
    [InlineData(250)]
    [InlineData(4_000)]
    public void A_reader_that_has_stopped_holds_no_more_than_two_megabytes(int bytesEach)
    {
        var held = Enumerable.Range(0, Rounds).Select(_ => HeldByOne(bytesEach)).Order().ToList();

        held[Rounds / 2].ShouldBeInRange(500 << 10, 2 << 20, string.Join(", ", held));
    }

    private static long HeldByOne(int bytesEach)
    {
        var before = SettledMemory();
        var stopped = Enumerable.Range(0, Readers).Select(_ => Stopped(bytesEach)).ToList();
        var held = SettledMemory() - before;

        stopped.ShouldAllBe(outbox => outbox.Waiting.IsSlow);
        return held / Readers;
    }

    private static Outbox Stopped(int bytesEach)
    {
        var outbox = new Outbox();
        for (var first = 1; first <= UpdatesEach; first++)
        {
            var update = Some.Told(first, 1, padding: bytesEach);
            update.Frames.Count.ShouldBe(1); // the others have taken it
            outbox.Offer(update);
        }

        return outbox;
    }

    // What is left of other tests goes while this waits: two looks in a row that agree.
    private static long SettledMemory()
    {
        var (last, now) = (long.MaxValue, GC.GetTotalMemory(forceFullCollection: true));
        for (var look = 0; look < 100 && Math.Abs(last - now) > 64 << 10; look++)
        {
            GC.WaitForPendingFinalizers();
            (last, now) = (now, GC.GetTotalMemory(forceFullCollection: true));
        }

        return now;
    }
}
