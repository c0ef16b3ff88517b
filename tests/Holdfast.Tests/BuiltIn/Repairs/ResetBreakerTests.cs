using Holdfast.BuiltIn.Repairs;
using Holdfast.Health;
using Holdfast.Pipeline;
using Holdfast.Resilience;
using Holdfast.Testing;
using Holdfast.Tests.Support;
using Polly.CircuitBreaker;

namespace Holdfast.Tests.BuiltIn.Repairs;

public sealed class ResetBreakerTests : IDisposable
{
    private static readonly RecoveryCall Call = new("close_breaker", "breakers", "fail", null);

    private readonly ManualTimeProvider _clock = new(Some.Instant);
    private readonly StoreState _state = new();
    private readonly ResiliencePipelines _pipelines;
    private readonly CircuitBreakerHandle _breaker;
    private readonly ResetBreaker _action;

    // What the flusher does.
    private long _writes = 7;
    private bool _isWaiting;

    public ResetBreakerTests()
    {
        _pipelines = new ResiliencePipelines(_clock);
        _breaker = _pipelines.GetOrAddBreaker(PipelineNames.Database, new CircuitBreakerOptions { FailureThreshold = 1, BreakDuration = TimeSpan.FromHours(1) });
        _action = new ResetBreaker(_breaker, new MemoryTelemetryStore(_clock), _state, () => _writes, () => _isWaiting);
    }

    [Theory]
    [InlineData("connection")]
    [InlineData("timeout")]
    [InlineData("busy")] // a server that is starting says so, too
    [InlineData(StoreUnavailableException.CircuitOpen)]
    public async Task One_that_opened_because_the_store_could_not_be_reached_is_closed_when_it_answers(string code)
    {
        await FailAsync(code);

        await _action.ExecuteAsync(Call, CancellationToken.None);

        _breaker.State.ShouldBe(CircuitState.Closed);
        _breaker.Snapshot().Transitions[^1].Actor.ShouldBe("recovery");
    }

    [Theory]
    [InlineData("full")]
    [InlineData("io")]
    [InlineData("corrupt")]
    public async Task One_that_opened_for_another_reason_keeps_its_break_since_an_answer_says_nothing_of_that(string code)
    {
        await FailAsync(code);

        await Should.ThrowAsync<RecoveryRefusedException>(async () => await _action.ExecuteAsync(Call, CancellationToken.None));

        _breaker.State.ShouldBe(CircuitState.Open);
    }

    [Fact]
    public async Task One_that_somebody_has_isolated_or_opened_is_left_alone()
    {
        _breaker.Isolate("ann", "to see");
        await Should.ThrowAsync<RecoveryRefusedException>(async () => await _action.ExecuteAsync(Call, CancellationToken.None));
        _breaker.State.ShouldBe(CircuitState.Isolated);

        _breaker.Trip(TimeSpan.FromMinutes(1), "ann", "to see");
        await Should.ThrowAsync<RecoveryRefusedException>(async () => await _action.ExecuteAsync(Call, CancellationToken.None));
        _breaker.State.ShouldBe(CircuitState.Open);
    }

    [Fact]
    public async Task That_it_helped_is_shown_by_a_write_and_not_by_the_want_of_one()
    {
        await FailAsync("connection");
        var helped = (await _action.ExecuteAsync(Call, CancellationToken.None)).Helped.ShouldNotBeNull();

        helped().ShouldBeNull("nothing waits to be written");
        _isWaiting = true;
        helped().ShouldBe(false);
        _writes++;
        helped().ShouldBe(true);
        _isWaiting = false;
        helped().ShouldBe(true);
    }

    [Fact]
    public async Task One_that_is_closed_is_left_as_it_is()
    {
        var result = await _action.ExecuteAsync(Call, CancellationToken.None);

        result.Acted.ShouldBeFalse();
        result.Detail.ShouldContain("closed already");
        _breaker.Snapshot().Transitions.ShouldBeEmpty();
    }

    public void Dispose() => _pipelines.Dispose();

    private async Task FailAsync(string code)
    {
        var fault = new StoreUnavailableException(code, "It does not take it.", null);
        var pipeline = _pipelines.GetOrAdd("trial", new NamedPipelineOptions { Retry = new RetryOptions { MaxAttempts = 1 }, Classify = _ => ErrorClass.Connectivity });
        await Should.ThrowAsync<StoreUnavailableException>(async () => await pipeline.ExecuteAsync<int, int>((_, _) => throw fault, 0, CancellationToken.None));
        _state.Failed(fault, Some.Instant);
        _breaker.State.ShouldBe(CircuitState.Open);
    }
}
