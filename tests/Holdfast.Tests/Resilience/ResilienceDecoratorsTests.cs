using Holdfast.Resilience;

namespace Holdfast.Tests.Resilience;

public class ResilienceDecoratorsTests
{
    private readonly NamedPipeline _pipeline = new ResiliencePipelines().GetOrAdd("test", new NamedPipelineOptions
    {
        Retry = new RetryOptions { Backoff = new BackoffSchedule(TimeSpan.Zero, 1, TimeSpan.Zero, 0) },
    });

    private int _calls;

    [Fact]
    public async Task Every_asynchronous_shape_keeps_its_shape_and_is_tried_again()
    {
        Func<CancellationToken, ValueTask<int>> valueTask = async _ => await WorkAsync();
        Func<CancellationToken, Task<int>> task = _ => WorkAsync();
        Func<CancellationToken, Task> nothing = _ => WorkAsync();
        Func<string, CancellationToken, ValueTask<int>> argumentValueTask = async (_, _) => await WorkAsync();
        Func<string, CancellationToken, Task<int>> argumentTask = (_, _) => WorkAsync();
        Func<Task<int>> tokenless = WorkAsync;
        Func<Task> tokenlessNothing = WorkAsync;

        (await valueTask.WithResilience(_pipeline)(default)).ShouldBe(3);
        (await task.WithResilience(_pipeline)(default)).ShouldBe(3);
        await nothing.WithResilience(_pipeline)(default);
        (await argumentValueTask.WithResilience(_pipeline)("a", default)).ShouldBe(3);
        (await argumentTask.WithResilience(_pipeline)("a", default)).ShouldBe(3);
        (await tokenless.WithResilience(_pipeline)()).ShouldBe(3);
        await tokenlessNothing.WithResilience(_pipeline)();

        (_pipeline.Snapshot().Successes, _pipeline.Retry.Snapshot().Attempts).ShouldBe((7, 21));
    }

    [Fact]
    public void Every_synchronous_shape_keeps_its_shape_and_is_tried_again()
    {
        Func<int> function = Work;
        Func<string, int> withArgument = _ => Work();
        Action action = () => Work();

        function.WithResilience(_pipeline)().ShouldBe(3);
        withArgument.WithResilience(_pipeline)("a").ShouldBe(3);
        action.WithResilience(_pipeline)();

        (_pipeline.Snapshot().Successes, _pipeline.Retry.Snapshot().Attempts).ShouldBe((3, 9));
    }

    [Fact]
    public void An_asynchronous_operation_cannot_be_taken_for_a_synchronous_one_that_succeeded()
    {
        Should.Throw<ArgumentException>(() => _pipeline.Execute(_ => WorkAsync()));
        Should.Throw<ArgumentException>(() => _pipeline.Execute(_ => ValueTask.CompletedTask).AsTask());

        _pipeline.Snapshot().Operations.ShouldBe(0);
    }

    [Fact]
    public async Task The_token_reaches_the_function()
    {
        using var source = new CancellationTokenSource();
        Func<CancellationToken, Task<bool>> waits = async token =>
        {
            await source.CancelAsync();
            return token.IsCancellationRequested;
        };

        (await waits.WithResilience(_pipeline)(source.Token)).ShouldBeTrue();
    }

    private async Task<int> WorkAsync()
    {
        await Task.Yield();
        return Work();
    }

    /// <summary>Fails twice, then returns 3, and so on.</summary>
    private int Work() => ++_calls % 3 == 0 ? 3 : throw new InvalidOperationException();
}
