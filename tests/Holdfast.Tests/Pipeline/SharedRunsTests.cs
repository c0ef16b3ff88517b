using Holdfast.Pipeline;

namespace Holdfast.Tests.Pipeline;

public sealed class SharedRunsTests : IDisposable
{
    private readonly SemaphoreSlim _begun = new(0);
    private readonly SemaphoreSlim _mayEnd = new(0);
    private readonly SharedRuns<int> _runs;
    private int _count;
    private int _atOnce;
    private int _mostAtOnce;

    public SharedRunsTests() => _runs = new SharedRuns<int>(WorkAsync);

    public void Dispose()
    {
        _begun.Dispose();
        _mayEnd.Dispose();
    }

    [Fact]
    public async Task Who_asks_during_a_run_shares_the_next_one()
    {
        var first = _runs.RunAsync(CancellationToken.None);
        await _begun.WaitAsync(TestContext.Current.CancellationToken);

        var later = Enumerable.Range(0, 20).Select(_ => _runs.RunAsync(CancellationToken.None)).ToArray();
        _mayEnd.Release(2);

        (await first).ShouldBe(1);
        (await Task.WhenAll(later)).ShouldAllBe(run => run == 2);
    }

    [Fact]
    public async Task Runs_never_overlap()
    {
        _mayEnd.Release(1_000);

        await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => Task.Run(() => _runs.RunAsync(CancellationToken.None))));

        _mostAtOnce.ShouldBe(1);
        _count.ShouldBeLessThanOrEqualTo(200);
    }

    [Fact]
    public async Task A_caller_that_leaves_does_not_end_the_run_of_the_others()
    {
        using var leaves = new CancellationTokenSource();
        var leaving = _runs.RunAsync(leaves.Token);
        var staying = _runs.RunAsync(CancellationToken.None);

        await leaves.CancelAsync();
        _mayEnd.Release(2);

        await Should.ThrowAsync<OperationCanceledException>(leaving);
        (await staying).ShouldBeInRange(1, 2);
    }

    [Fact]
    public async Task A_run_that_fails_fails_for_those_who_share_it_and_the_next_one_runs()
    {
        var runs = new SharedRuns<int>(() => ++_count == 1 ? throw new InvalidOperationException("first") : Task.FromResult(_count));

        await Should.ThrowAsync<InvalidOperationException>(runs.RunAsync(CancellationToken.None));

        (await runs.RunAsync(CancellationToken.None)).ShouldBe(2);
    }

    private async Task<int> WorkAsync()
    {
        var run = Interlocked.Increment(ref _count);
        _mostAtOnce = Math.Max(_mostAtOnce, Interlocked.Increment(ref _atOnce));
        _begun.Release();
        await _mayEnd.WaitAsync();
        Interlocked.Decrement(ref _atOnce);
        return run;
    }
}
