using Holdfast.Spool;
using Holdfast.Storage.Tests.Support;
using static Holdfast.Storage.Tests.Support.SpoolHarness;

namespace Holdfast.Storage.Tests.OfSpool;

/// <summary>What producers feel as the spool fills.</summary>
public sealed class SpoolFillTests : IAsyncDisposable
{
    private readonly SpoolHarness _harness = new();

    public SpoolFillTests() => _harness.Options.DiskBytesMax = 100_000;

    public ValueTask DisposeAsync() => _harness.DisposeAsync();

    [Fact]
    public async Task Between_warning_and_slowing_answers_come_at_once()
    {
        var spool = await _harness.OpenAsync();

        await spool.AppendAsync(EventEntry(bytes: 70_000));
        await spool.AppendAsync(EventEntry(bytes: 10_000));

        spool.Snapshot().Level.ShouldBe(SpoolLevel.Warn);
    }

    [Fact]
    public async Task From_85_percent_an_answer_waits_although_the_data_is_durable()
    {
        var spool = await _harness.OpenAsync();

        var append = spool.AppendAsync(EventEntry(bytes: 90_000));
        await spool.WaitForAppendAsync(0, CancellationToken.None);
        (await spool.NumbersAsync()).ShouldBe([1]);
        await WaitForTimerAsync();
        append.IsCompleted.ShouldBeFalse();
        _harness.Clock.Advance(TimeSpan.FromMilliseconds(275));

        await append;
        spool.Snapshot().Level.ShouldBe(SpoolLevel.Slow);
    }

    [Fact]
    public async Task Whoever_leaves_while_an_answer_waits_gets_it_at_once()
    {
        var spool = await _harness.OpenAsync();
        using var leaving = new CancellationTokenSource();
        var append = spool.AppendAsync(SpoolAppend.Of(EventEntry(bytes: 90_000)), leaving.Token).AsTask();
        await WaitForTimerAsync();

        await leaving.CancelAsync();

        (await append).Positions.ShouldBe([new(1, 1)]);
    }

    [Fact]
    public async Task From_95_percent_it_refuses_takes_nothing_and_says_when_to_come_back()
    {
        var spool = await FilledAsync();

        var refusal = await Should.ThrowAsync<SpoolFullException>(() => spool.AppendAsync(EventEntry(bytes: 1)));

        refusal.RetryAfter.ShouldBe(TimeSpan.FromSeconds(60));
        spool.Snapshot().RefusedAppends.ShouldBe(1);
        (await spool.TotalsAsync()).Events.Received.ShouldBe(1);
    }

    [Fact]
    public async Task What_left_makes_room_and_tells_how_fast_room_comes()
    {
        _harness.Options.DiskBytesMax = 1_000_000;
        var spool = await _harness.OpenAsync();
        await spool.AppendAsync([.. Enumerable.Repeat(EventEntry(bytes: 80_000), 8)]);
        await spool.RemoveAsync(1, 2, 3, 4, 5);
        await _harness.TickAsync(spool);

        var slowed = spool.AppendAsync([.. Enumerable.Repeat(EventEntry(bytes: 80_000), 9)]);
        await WaitForTimerAsync();
        var refusal = await Should.ThrowAsync<SpoolFullException>(() => spool.AppendAsync(EventEntry(bytes: 50_000)));

        // 400,000 bytes left within the last second: the average, which takes in a tenth a second, is 38,000 a second.
        refusal.RetryAfter.ShouldBe(TimeSpan.FromSeconds(5));
        _harness.Clock.Advance(TimeSpan.FromSeconds(1));
        await slowed;
    }

    [Fact]
    public async Task Appends_on_their_way_to_the_disk_are_bounded_too()
    {
        _harness.Options.DiskBytesMax = 100 << 20;
        _harness.Options.MemoryBytesMax = 1 << 20;
        var spool = await _harness.OpenAsync();
        using var hold = new ManualResetEventSlim();
        _harness.Hooks.BeforeCommit = _ => hold.Wait();

        var taken = Enumerable.Range(0, 6).Select(_ => spool.AppendAsync(EventEntry(bytes: 100_000))).ToArray();
        await Should.ThrowAsync<SpoolFullException>(() => spool.AppendAsync(EventEntry(bytes: 100_000)));
        hold.Set();

        await Task.WhenAll(taken);
    }

    [Fact]
    public async Task A_drained_spool_gives_the_disk_back()
    {
        _harness.Options.DiskBytesMax = 1 << 30;
        var spool = await _harness.OpenAsync();
        for (var i = 0; i < 60; i++)
        {
            await spool.AppendAsync(EventEntry(bytes: 1 << 20));
        }

        await _harness.TickAsync(spool);
        var full = DatabaseBytes();
        await spool.RemoveAsync([.. Enumerable.Range(1, 60).Select(n => (long)n)]);
        for (var ticks = 0; ticks < 60 && DatabaseBytes() > 20 << 20; ticks++)
        {
            await _harness.TickAsync(spool);
        }

        full.ShouldBeGreaterThan(50 << 20);
        DatabaseBytes().ShouldBeLessThan(20 << 20);
    }

    [Fact]
    public async Task The_log_does_not_grow_with_the_data()
    {
        _harness.Options.DiskBytesMax = 1 << 30;
        var spool = await _harness.OpenAsync();

        for (var i = 1; i <= 100; i++)
        {
            await spool.AppendAsync(EventEntry(bytes: 1 << 20));
            await spool.RemoveAsync(i);
        }

        new FileInfo(Path.Combine(_harness.Directory, "spool.db-wal")).Length.ShouldBeLessThan(17 << 20);
        DatabaseBytes().ShouldBeLessThan(32 << 20);
    }

    private async Task<ISpool> FilledAsync()
    {
        var spool = await _harness.OpenAsync();
        var append = spool.AppendAsync(EventEntry(bytes: 95_000));
        await WaitForTimerAsync();
        _harness.Clock.Advance(TimeSpan.FromMilliseconds(500));
        await append;
        return spool;
    }

    /// <summary>Until somebody waits on the clock beside the spool's own timer.</summary>
    private async Task WaitForTimerAsync()
    {
        while (_harness.Clock.TimersSet < 2)
        {
            await Task.Yield();
        }
    }

    private long DatabaseBytes() => new FileInfo(Path.Combine(_harness.Directory, "spool.db")).Length;
}
