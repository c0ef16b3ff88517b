using System.ComponentModel.DataAnnotations;
using Holdfast.Resilience;
using Holdfast.Testing;
using Holdfast.Tests.Support;
using Polly;
using Polly.CircuitBreaker;

namespace Holdfast.Tests.Resilience;

public class BackoffRetryTests
{
    private readonly ManualTimeProvider _clock = new();
    private readonly RetryHandle _handle = new("test");
    private int _calls;

    [Fact]
    public async Task It_is_usable_alone()
    {
        var pipeline = Build(new RetryOptions());

        var fault = await _clock.DriveAsync(() => CallAsync(pipeline, new InvalidOperationException()));

        fault.ShouldBeOfType<InvalidOperationException>();
        _calls.ShouldBe(3);
    }

    [Fact]
    public async Task Jitter_spreads_the_delays_and_the_cap_holds()
    {
        var delays = new List<TimeSpan>();
        var start = _clock.GetUtcNow();
        var pipeline = Build(new RetryOptions { MaxAttempts = 4, Backoff = new(TimeSpan.FromSeconds(10), 2, TimeSpan.FromSeconds(20), 0.5) }, random: () => 1);

        await _clock.DriveAsync(() => CallAsync(pipeline, new InvalidOperationException(), () => delays.Add(_clock.GetUtcNow() - start)));

        delays.Select(delay => delay.TotalSeconds).ShouldBe([0.0, 15, 35, 55]);
    }

    [Theory]
    [InlineData(typeof(BrokenCircuitException))]
    [InlineData(typeof(IsolatedCircuitException))]
    public async Task No_attempt_is_spent_on_an_open_circuit(Type type)
    {
        var fault = await CallAsync(Build(new RetryOptions()), (Exception)Activator.CreateInstance(type)!);

        fault.ShouldBeOfType(type);
        _calls.ShouldBe(1);
        _handle.Snapshot().Attempts.ShouldBe(0);
    }

    [Fact]
    public async Task An_error_that_is_not_retried_comes_back_at_once()
    {
        var pipeline = Build(new RetryOptions(), outcome => outcome.Exception is TimeoutException);

        var fault = await CallAsync(pipeline, new FormatException());

        fault.ShouldBeOfType<FormatException>();
        (_calls, _handle.Snapshot().Exhausted).ShouldBe((1, 0));
    }

    [Fact]
    public async Task One_attempt_in_all_means_that_nothing_is_retried()
    {
        var fault = await CallAsync(Build(new RetryOptions { MaxAttempts = 1 }), new InvalidOperationException());

        fault.ShouldBeOfType<InvalidOperationException>();
        (_calls, _handle.Snapshot().Retries, _handle.Snapshot().Exhausted).ShouldBe((1, 0, 1));
    }

    [Fact]
    public async Task A_delay_ends_when_the_caller_gives_up()
    {
        using var giveUp = new CancellationTokenSource();
        var call = CallAsync(Build(new RetryOptions()), new InvalidOperationException(), cancellationToken: giveUp.Token);

        await giveUp.CancelAsync();

        (await call).ShouldBeAssignableTo<OperationCanceledException>();
        (_calls, _clock.TimersSet).ShouldBe((1, 0));
    }

    [Fact]
    public async Task A_cancelled_call_is_not_retried()
    {
        using var giveUp = new CancellationTokenSource();

        var fault = await CallAsync(Build(new RetryOptions()), new OperationCanceledException(), giveUp.Cancel, giveUp.Token);

        fault.ShouldBeOfType<OperationCanceledException>();
        _calls.ShouldBe(1);
    }

    [Fact]
    public async Task Parallel_calls_do_not_disturb_each_others_numbers()
    {
        var pipeline = Build(new RetryOptions { Backoff = new(TimeSpan.Zero, 1, TimeSpan.Zero, 0) });

        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Task.Run(() => CallAsync(pipeline, new InvalidOperationException()))));

        var retry = _handle.Snapshot();
        (retry.Attempts, retry.Retries, retry.Exhausted).ShouldBe((60, 40, 20));
    }

    [Theory]
    [InlineData(0, 2, 0.1)]
    [InlineData(101, 2, 0.1)]
    [InlineData(3, 0.5, 0.1)]
    [InlineData(3, double.NaN, 0.1)]
    [InlineData(3, 2, 1.5)]
    [InlineData(3, 2, -0.1)]
    public void Options_out_of_range_are_refused(int attempts, double factor, double jitter) =>
        Should.Throw<ValidationException>(() => Build(new RetryOptions
        {
            MaxAttempts = attempts,
            Backoff = new BackoffSchedule(TimeSpan.FromSeconds(1), factor, TimeSpan.FromSeconds(60), jitter),
        }));

    private ResiliencePipeline<string> Build(RetryOptions retry, Func<Outcome<string>, bool>? shouldRetry = null, Func<double>? random = null)
    {
        var options = new BackoffRetryOptions<string> { Retry = retry, Handle = _handle, Random = random ?? (() => 0.5) };
        options.ShouldRetry = shouldRetry ?? options.ShouldRetry;
        return new ResiliencePipelineBuilder<string> { TimeProvider = _clock }.AddBackoffRetry(options).Build();
    }

    private async Task<Exception?> CallAsync(
        ResiliencePipeline<string> pipeline, Exception failure, Action? during = null, CancellationToken cancellationToken = default)
    {
        try
        {
            await pipeline.ExecuteAsync<string>(
                async _ =>
                {
                    Interlocked.Increment(ref _calls);
                    during?.Invoke();
                    await Task.CompletedTask;
                    throw failure;
                },
                cancellationToken);
            return null;
        }
        catch (Exception fault)
        {
            return fault;
        }
    }
}
