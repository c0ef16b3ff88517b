using Holdfast.Spool;
using Holdfast.Storage.Tests.Support;
using static Holdfast.Storage.Tests.Support.SpoolHarness;

namespace Holdfast.Storage.Tests.OfSpool;

public sealed class SpoolGroupCommitTests : IAsyncDisposable
{
    private readonly SpoolHarness _harness = new();

    public ValueTask DisposeAsync() => _harness.DisposeAsync();

    [Fact]
    public async Task What_arrives_during_a_commit_is_committed_together()
    {
        var spool = await _harness.OpenAsync();
        using var gate = new WriterGate(_harness);
        var first = spool.AppendAsync(EventEntry());
        await gate.Reached;
        var before = spool.Commits;

        var others = Enumerable.Range(0, 100).Select(_ => spool.AppendAsync(EventEntry())).ToArray();
        gate.Open();
        await first;
        var receipts = await Task.WhenAll(others);

        (spool.Commits - before).ShouldBe(2);
        receipts.Select(r => r.Positions[0].BatchSeq).ShouldBe(Enumerable.Range(2, 100).Select(n => (long)n));
    }

    [Fact]
    public async Task A_group_takes_no_more_than_its_bytes()
    {
        var spool = await _harness.OpenAsync();
        using var gate = new WriterGate(_harness);
        var first = spool.AppendAsync(EventEntry());
        await gate.Reached;
        var before = spool.Commits;

        var others = Enumerable.Range(0, 10).Select(_ => spool.AppendAsync(EventEntry(bytes: 200 << 10))).ToArray();
        gate.Open();
        await Task.WhenAll([first, .. others]);

        (spool.Commits - before).ShouldBe(1 + (10 / 2));
    }

    [Fact]
    public async Task Concurrent_appends_are_all_there_once()
    {
        var spool = await _harness.OpenAsync();

        var receipts = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => Task.Run(async () =>
        {
            var mine = new List<SpoolReceipt>();
            for (var i = 0; i < 25; i++)
            {
                mine.Add(await spool.AppendAsync(EventEntry(2)));
            }

            return mine;
        })));

        var positions = receipts.SelectMany(r => r).Select(r => r.Positions[0]).OrderBy(p => p.BatchSeq).ToArray();
        positions.ShouldBe(Enumerable.Range(0, 400).Select(n => new SpoolPosition(n + 1, (n * 2) + 1)));
        (await spool.NumbersAsync()).ShouldBe(positions.Select(p => p.BatchSeq));
    }

    [Fact]
    public async Task A_caller_who_leaves_after_handing_over_is_told_all_the_same()
    {
        var spool = await _harness.OpenAsync();
        using var gate = new WriterGate(_harness);
        using var leaving = new CancellationTokenSource();
        var first = spool.AppendAsync(EventEntry());
        await gate.Reached;

        var left = spool.AppendAsync(SpoolAppend.Of(EventEntry()), leaving.Token).AsTask();
        var stayed = spool.AppendAsync(EventEntry());
        await leaving.CancelAsync();
        gate.Open();
        await Task.WhenAll(first, stayed);

        (await left).Positions.ShouldBe([new(2, 2)]);
        (await spool.NumbersAsync()).ShouldBe([1, 2, 3]);
    }

    [Fact]
    public async Task A_caller_who_left_before_hands_nothing_over()
    {
        var spool = await _harness.OpenAsync();

        await Should.ThrowAsync<OperationCanceledException>(
            () => spool.AppendAsync(SpoolAppend.Of(EventEntry()), new CancellationToken(canceled: true)).AsTask());

        (await spool.NumbersAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Closing_completes_what_was_handed_over()
    {
        var spool = await _harness.OpenAsync();
        using var gate = new WriterGate(_harness);
        var appends = Enumerable.Range(0, 20).Select(_ => spool.AppendAsync(EventEntry())).ToArray();
        await gate.Reached;

        var closing = spool.DisposeAsync().AsTask();
        gate.Open();
        await closing;

        await Task.WhenAll(appends);
        await Should.ThrowAsync<ObjectDisposedException>(() => spool.AppendAsync(EventEntry()));
        await Should.ThrowAsync<ObjectDisposedException>(() => spool.NumbersAsync());
        var reopened = await _harness.OpenAsync();
        (await reopened.NumbersAsync()).Length.ShouldBe(20);
    }

    [Fact]
    public async Task Seconds_that_write_nothing_do_not_play_the_log_into_the_file()
    {
        var spool = await _harness.OpenAsync();
        await spool.AppendAsync(EventEntry(bytes: 100_000));
        var file = new FileInfo(Path.Combine(_harness.Directory, "spool.db"));
        var before = file.Length;

        for (var second = 0; second < 40; second++)
        {
            await _harness.TickAsync(spool);
        }

        file.Refresh();
        file.Length.ShouldBe(before);
    }

    [Fact]
    public async Task Whoever_closes_second_waits_until_it_is_closed()
    {
        var spool = await _harness.OpenAsync();
        using var gate = new WriterGate(_harness);
        var append = spool.AppendAsync(EventEntry());
        await gate.Reached;
        var first = spool.DisposeAsync().AsTask();

        var second = spool.DisposeAsync().AsTask();

        second.IsCompleted.ShouldBeFalse("the writer is still at work");
        gate.Open();
        await second;
        first.IsCompleted.ShouldBeTrue();
        await append;
    }

    /// <summary>Holds the writer just before it commits its next group.</summary>
    private sealed class WriterGate : IDisposable
    {
        private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly ManualResetEventSlim _open = new();

        public WriterGate(SpoolHarness harness) => harness.Hooks.BeforeCommit = _ =>
        {
            _reached.TrySetResult();
            _open.Wait();
        };

        public Task Reached => _reached.Task;

        public void Open() => _open.Set();

        public void Dispose() => _open.Set();
    }
}
