using FsCheck;
using FsCheck.Fluent;
using Holdfast.Retries;

namespace Holdfast.Storage.Tests.Retries;

/// <summary>
/// Whatever producers, workers and operators do, in whatever order and whoever dies in between, the store says of every item what the
/// model says, and hands out what the model allows.
/// </summary>
public abstract class RetryStoreModelTests
{
    /// <summary>How many sequences are tried: as many as take a few seconds.</summary>
    private protected abstract int Sequences { get; }

    /// <summary>An open store without items, and its clock.</summary>
    private protected abstract ValueTask<RetryBench> BenchAsync();

    [Fact]
    public void The_store_agrees_with_the_model_after_any_sequence_of_operations() => Try(
        RetryStep.Any,
        async steps =>
        {
            await using var bench = await BenchAsync();
            var scene = new RetryScene(bench);
            foreach (var step in steps)
            {
                await scene.DoAsync(step);
                await scene.ShouldAgreeAsync(step);
            }
        });

    [Fact]
    public void An_item_is_overtaken_only_by_items_that_come_within_the_difference_of_the_penalties() => Try(
        Arrival.Any,
        async arrivals =>
        {
            await using var bench = await BenchAsync();
            await new RetryQueueScene(bench).RunAsync(arrivals);
        });

    private void Try<T>(Gen<T> step, Func<IReadOnlyList<T>, Task> run) =>
        Prop.ForAll(Arb.From(Long(step), Shrink), steps => Run(run(steps))).Check(Config.QuickThrowOnFailure.WithMaxTest(Sequences));

    // What goes wrong takes a few steps that fit together, so a short sequence finds nothing; what it found is made short afterwards.
    private static Gen<T[]> Long<T>(Gen<T> step) => Gen.Choose(40, 90).SelectMany(length => step.ArrayOf(length));

    // FsCheck calls from a thread of its own and wants an answer, not a task.
    private static bool Run(Task run)
    {
        run.GetAwaiter().GetResult();
        return true;
    }

    private static IEnumerable<T[]> Shrink<T>(T[] steps) =>
        Enumerable.Range(0, steps.Length).Select(gone => steps.Where((_, i) => i != gone).ToArray());
}

/// <summary>A store and its clock.</summary>
internal sealed class RetryBench(IRetryStore store, Func<TimeSpan, ValueTask> advance, Action? cleanUp = null) : IAsyncDisposable
{
    public IRetryStore Store => store;

    public ValueTask AdvanceAsync(TimeSpan by) => advance(by);

    public async ValueTask DisposeAsync()
    {
        await store.DisposeAsync();
        cleanUp?.Invoke();
    }
}
