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
        Func<CancellationToken, ValueTask> valueTaskOfNothing = async _ => await WorkAsync();
        Func<CancellationToken, Task<int>> task = _ => WorkAsync();
        Func<CancellationToken, Task> nothing = _ => WorkAsync();
        Func<string, CancellationToken, ValueTask<int>> argumentValueTask = async (_, _) => await WorkAsync();
        Func<string, CancellationToken, ValueTask> argumentValueTaskOfNothing = async (_, _) => await WorkAsync();
        Func<string, CancellationToken, Task<int>> argumentTask = (_, _) => WorkAsync();
        Func<string, CancellationToken, Task> argumentNothing = (_, _) => WorkAsync();

        (await valueTask.WithResilience(_pipeline)(default)).ShouldBe(3);
        await valueTaskOfNothing.WithResilience(_pipeline)(default);
        (await task.WithResilience(_pipeline)(default)).ShouldBe(3);
        await nothing.WithResilience(_pipeline)(default);
        (await argumentValueTask.WithResilience(_pipeline)("a", default)).ShouldBe(3);
        await argumentValueTaskOfNothing.WithResilience(_pipeline)("a", default);
        (await argumentTask.WithResilience(_pipeline)("a", default)).ShouldBe(3);
        await argumentNothing.WithResilience(_pipeline)("a", default);

        ShouldHaveTriedAgain(shapes: 8);
    }

    [Fact]
    public async Task Every_asynchronous_shape_without_a_token_keeps_its_shape_and_is_tried_again()
    {
        Func<ValueTask<int>> valueTask = async () => await WorkAsync();
        Func<ValueTask> valueTaskOfNothing = async () => await WorkAsync();
        Func<Task<int>> task = WorkAsync;
        Func<Task> nothing = WorkAsync;
        Func<string, ValueTask<int>> argumentValueTask = async _ => await WorkAsync();
        Func<string, ValueTask> argumentValueTaskOfNothing = async _ => await WorkAsync();
        Func<string, Task<int>> argumentTask = _ => WorkAsync();
        Func<string, Task> argumentNothing = _ => WorkAsync();

        (await valueTask.WithResilience(_pipeline)()).ShouldBe(3);
        await valueTaskOfNothing.WithResilience(_pipeline)();
        (await task.WithResilience(_pipeline)()).ShouldBe(3);
        await nothing.WithResilience(_pipeline)();
        (await argumentValueTask.WithResilience(_pipeline)("a")).ShouldBe(3);
        await argumentValueTaskOfNothing.WithResilience(_pipeline)("a");
        (await argumentTask.WithResilience(_pipeline)("a")).ShouldBe(3);
        await argumentNothing.WithResilience(_pipeline)("a");

        ShouldHaveTriedAgain(shapes: 8);
    }

    [Fact]
    public void Every_synchronous_shape_keeps_its_shape_and_is_tried_again()
    {
        Func<int> function = Work;
        Func<string, int> argument = _ => Work();
        Func<CancellationToken, int> token = _ => Work();
        Func<string, CancellationToken, int> both = (_, _) => Work();
        Action action = () => Work();
        Action<string> actionOfArgument = _ => Work();
        Action<CancellationToken> actionOfToken = _ => Work();
        Action<string, CancellationToken> actionOfBoth = (_, _) => Work();

        function.WithResilience(_pipeline)().ShouldBe(3);
        argument.WithResilience(_pipeline)("a").ShouldBe(3);
        token.WithResilience(_pipeline)(default).ShouldBe(3);
        both.WithResilience(_pipeline)("a", default).ShouldBe(3);
        action.WithResilience(_pipeline)();
        actionOfArgument.WithResilience(_pipeline)("a");
        actionOfToken.WithResilience(_pipeline)(default);
        actionOfBoth.WithResilience(_pipeline)("a", default);

        ShouldHaveTriedAgain(shapes: 8);
    }

    [Fact]
    public void An_asynchronous_operation_cannot_be_taken_for_a_synchronous_one_that_succeeded()
    {
        Should.Throw<ArgumentException>(() => _pipeline.Execute(_ => WorkAsync()));
        Should.Throw<ArgumentException>(() => _pipeline.Execute(_ => ValueTask.CompletedTask).AsTask());

        _pipeline.Snapshot().Operations.ShouldBe(0);
    }

    [Fact]
    public async Task The_token_reaches_every_shape_that_takes_one_and_nothing_else()
    {
        await ShouldReachAsync(see => new Func<CancellationToken, Task<bool>>(token => Task.FromResult(see(token))).WithResilience(_pipeline));
        await ShouldReachAsync(see => new Func<CancellationToken, Task>(token => Task.FromResult(see(token))).WithResilience(_pipeline));
        await ShouldReachAsync(see => token => new Func<CancellationToken, ValueTask>(own => Nothing(see(own))).WithResilience(_pipeline)(token).AsTask());
        await ShouldReachAsync(see => token => new Func<string, CancellationToken, ValueTask>((_, own) => Nothing(see(own))).WithResilience(_pipeline)("a", token).AsTask());
        await ShouldReachAsync(see => token => Task.FromResult(see.WithResilience(_pipeline)(token)));
        await ShouldReachAsync(see => token => Task.FromResult(new Func<string, CancellationToken, bool>((_, own) => see(own)).WithResilience(_pipeline)("a", token)));
    }

    private void ShouldHaveTriedAgain(int shapes) =>
        (_pipeline.Snapshot().Successes, _pipeline.Retry.Snapshot().Attempts).ShouldBe((shapes, 3 * shapes));

    private async Task<int> WorkAsync()
    {
        await Task.Yield();
        return Work();
    }

    /// <summary>Fails twice, then returns 3, and so on.</summary>
    private int Work() => ++_calls % 3 == 0 ? 3 : throw new InvalidOperationException();

    /// <summary>Runs a shape around a function that says whether the token it got is cancelled with the caller's.</summary>
    private static async Task ShouldReachAsync(Func<Func<CancellationToken, bool>, Func<CancellationToken, Task>> shape)
    {
        using var giveUp = new CancellationTokenSource();
        var reached = false;
        Func<CancellationToken, bool> see = token =>
        {
            giveUp.Cancel();
            return reached = token.IsCancellationRequested;
        };

        await shape(see)(giveUp.Token);

        reached.ShouldBeTrue();
    }

    private static ValueTask Nothing(bool seen) => seen ? ValueTask.CompletedTask : throw new InvalidOperationException();
}
