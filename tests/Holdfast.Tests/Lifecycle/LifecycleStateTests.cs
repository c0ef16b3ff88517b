using Holdfast.Lifecycle;

namespace Holdfast.Tests.Lifecycle;

public sealed class LifecycleStateTests
{
    [Fact]
    public async Task Idle_comes_when_the_last_piece_of_work_has_left()
    {
        var state = new LifecycleState();
        var first = state.Enter();
        var second = state.Enter();

        var idle = state.WhenIdleAsync(CancellationToken.None);
        first.Dispose();
        idle.IsCompleted.ShouldBeFalse();
        second.Dispose();

        await idle;
    }

    [Fact]
    public async Task Without_work_it_is_idle_at_once() => await new LifecycleState().WhenIdleAsync(CancellationToken.None);

    [Fact]
    public async Task Work_that_comes_and_goes_from_many_threads_ends_idle()
    {
        var state = new LifecycleState();

        await Parallel.ForAsync(0, 10_000, (_, _) =>
        {
            state.Enter().Dispose();
            return ValueTask.CompletedTask;
        });

        await state.WhenIdleAsync(CancellationToken.None);
    }
}
