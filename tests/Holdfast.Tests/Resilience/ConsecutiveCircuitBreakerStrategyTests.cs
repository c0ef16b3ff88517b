using System.ComponentModel.DataAnnotations;
using Holdfast.Resilience;
using Holdfast.Testing;
using Polly;
using Polly.CircuitBreaker;
using Polly.Telemetry;

namespace Holdfast.Tests.Resilience;

public class ConsecutiveCircuitBreakerStrategyTests
{
    [Fact]
    public async Task Its_telemetry_is_that_of_the_stock_breaker_in_the_same_life()
    {
        var (ours, stock) = (new EventNames(), new EventNames());

        await LiveAsync(ours, (builder, _) => builder.AddConsecutiveCircuitBreaker(new ConsecutiveCircuitBreakerStrategyOptions<string>
        {
            FailureThreshold = 5,
            SuccessThreshold = 1,
            BreakDuration = TimeSpan.FromSeconds(10),
        }));
        await LiveAsync(stock, (builder, _) => builder.AddCircuitBreaker(new CircuitBreakerStrategyOptions<string>
        {
            FailureRatio = 1,
            MinimumThroughput = 5,
            BreakDuration = TimeSpan.FromSeconds(10),
        }));

        ours.Seen.ShouldNotBeEmpty();
        ours.Seen.ShouldBe(stock.Seen);
    }

    [Fact]
    public async Task Handlers_get_pollys_arguments_before_the_call_returns()
    {
        var told = new List<string>();
        var rig = new BreakerRig(options =>
        {
            options.OnOpened = arguments => Tell($"opened for {arguments.BreakDuration} by {arguments.Outcome.Exception!.Message}");
            options.OnHalfOpened = arguments => Tell($"half-opened, {arguments.Context.GetType().Name}");
            options.OnClosed = arguments => Tell($"closed by {arguments.Outcome.Result}, manual: {arguments.IsManual}");
        });

        await rig.FailAsync(5);
        rig.Clock.Advance(BreakerRig.Break);
        await rig.SucceedAsync();
        await rig.SucceedAsync();

        told.ShouldBe(["opened for 00:01:00 by down", "half-opened, ResilienceContext", "closed by done, manual: False"]);

        ValueTask Tell(string what)
        {
            told.Add(what);
            return default;
        }
    }

    [Fact]
    public async Task A_handler_that_throws_does_not_change_what_the_call_came_to()
    {
        var rig = new BreakerRig(options => options.OnOpened = _ => throw new NotSupportedException("broken handler"));

        var fault = await rig.FailAsync(5);

        fault.ShouldBeOfType<InvalidOperationException>();
        rig.State.ShouldBe(CircuitState.Open);
        rig.Now.ObserverFaults.ShouldBe(1);
    }

    [Fact]
    public async Task An_ignored_outcome_neither_fails_nor_heals()
    {
        var rig = new BreakerRig(options => options.ShouldIgnore = arguments => new(arguments.Outcome.Exception is FormatException));
        await rig.FailAsync(4);

        await rig.RunAsync(_ => throw new FormatException("a bad row"));

        rig.Now.ConsecutiveFailures.ShouldBe(4);
        rig.Now.Totals.Ignored.ShouldBe(1);
    }

    [Fact]
    public async Task A_result_can_be_a_failure()
    {
        var rig = new BreakerRig(options => options.ShouldHandle = arguments => new(arguments.Outcome.Result == "done"));

        for (var i = 0; i < 5; i++)
        {
            await rig.SucceedAsync();
        }

        rig.State.ShouldBe(CircuitState.Open);
        (await rig.SucceedAsync()).ShouldBeOfType<BrokenCircuitException>().InnerException.ShouldBeNull();
    }

    [Fact]
    public async Task A_strangers_cancellation_is_a_failure()
    {
        var rig = new BreakerRig();

        await rig.RunAsync(_ => throw new TaskCanceledException("a client's own timeout"));

        rig.Now.ConsecutiveFailures.ShouldBe(1);
    }

    [Fact]
    public void A_synchronous_call_is_guarded_as_well()
    {
        var rig = new BreakerRig(options => options.FailureThreshold = 1);

        Should.Throw<InvalidOperationException>(() => rig.Pipeline.Execute((Func<string>)(() => throw new InvalidOperationException())));

        Should.Throw<BrokenCircuitException>(() => rig.Pipeline.Execute(() => "never"));
    }

    [Fact]
    public async Task It_works_in_a_pipeline_for_any_result()
    {
        var handle = new CircuitBreakerHandle("any");
        var pipeline = new ResiliencePipelineBuilder()
            .AddConsecutiveCircuitBreaker(new ConsecutiveCircuitBreakerStrategyOptions<object> { Handle = handle })
            .Build();

        var sum = await pipeline.ExecuteAsync(static _ => ValueTask.FromResult(42));

        sum.ShouldBe(42);
        handle.Snapshot().Totals.Succeeded.ShouldBe(1);
    }

    [Fact]
    public async Task Without_a_handle_it_has_a_breaker_of_its_own()
    {
        var pipeline = new ResiliencePipelineBuilder<string>()
            .AddConsecutiveCircuitBreaker(new ConsecutiveCircuitBreakerStrategyOptions<string> { FailureThreshold = 1 })
            .Build();

        await pipeline.ExecuteAsync<string>(static _ => throw new InvalidOperationException()).AsTask().ShouldThrowAsync<InvalidOperationException>();

        await pipeline.ExecuteAsync(static _ => ValueTask.FromResult("")).AsTask().ShouldThrowAsync<BrokenCircuitException>();
    }

    [Fact]
    public void A_call_on_a_closed_circuit_allocates_nothing()
    {
        var pipeline = new ResiliencePipelineBuilder<string>()
            .AddConsecutiveCircuitBreaker(new ConsecutiveCircuitBreakerStrategyOptions<string>())
            .Build();

        var bytes = Allocations.Of(pipeline);

        bytes.ShouldBe(0);
    }

    [Theory]
    [InlineData(0, 2, 1, 60_000, 30_000)]
    [InlineData(-1, 2, 1, 60_000, 30_000)]
    [InlineData(5, 0, 1, 60_000, 30_000)]
    [InlineData(5, 2, 0, 60_000, 30_000)]
    [InlineData(5, 2, 1, 9, 30_000)]
    [InlineData(5, 2, 1, 86_400_001, 30_000)]
    [InlineData(5, 2, 1, 60_000, 0)]
    [InlineData(5, 2, 1, 60_000, 86_400_001)]
    public void Options_out_of_range_are_refused_when_the_pipeline_is_built(int failures, int successes, int probes, int breakMs, int leaseMs)
    {
        var options = new ConsecutiveCircuitBreakerStrategyOptions<string>
        {
            FailureThreshold = failures,
            SuccessThreshold = successes,
            HalfOpenMaxConcurrency = probes,
            BreakDuration = TimeSpan.FromMilliseconds(breakMs),
            ProbeLease = TimeSpan.FromMilliseconds(leaseMs),
        };

        Should.Throw<ValidationException>(() => new ResiliencePipelineBuilder<string>().AddConsecutiveCircuitBreaker(options));
    }

    [Fact]
    public void A_predicate_is_required() =>
        Should.Throw<ValidationException>(() => new ResiliencePipelineBuilder<string>()
            .AddConsecutiveCircuitBreaker(new ConsecutiveCircuitBreakerStrategyOptions<string> { ShouldHandle = null! }));

    [Fact]
    public void Options_at_the_edges_of_their_ranges_are_taken()
    {
        var options = new ConsecutiveCircuitBreakerStrategyOptions<string>
        {
            FailureThreshold = 1,
            SuccessThreshold = int.MaxValue,
            HalfOpenMaxConcurrency = int.MaxValue,
            BreakDuration = TimeSpan.FromMilliseconds(10),
            ProbeLease = TimeSpan.FromDays(1),
        };

        Should.NotThrow(() => new ResiliencePipelineBuilder<string>().AddConsecutiveCircuitBreaker(options).Build());
    }

    private static async Task LiveAsync(
        EventNames listener, Func<ResiliencePipelineBuilder<string>, ManualTimeProvider, ResiliencePipelineBuilder<string>> add)
    {
        var clock = new ManualTimeProvider();
        var pipeline = add(new ResiliencePipelineBuilder<string> { TimeProvider = clock, TelemetryListener = listener }, clock).Build();
        foreach (var step in "fffffrwfwssf")
        {
            if (step == 'w')
            {
                clock.Advance(TimeSpan.FromSeconds(10));
                continue;
            }

            var context = ResilienceContextPool.Shared.Get();
            await pipeline.ExecuteOutcomeAsync(
                static (_, fails) => new ValueTask<Outcome<string>>(
                    fails ? Outcome.FromException<string>(new InvalidOperationException()) : Outcome.FromResult("done")),
                context,
                step == 'f');
            ResilienceContextPool.Shared.Return(context);
        }
    }

    /// <summary>Keeps the events of strategies: name, severity, type of the arguments.</summary>
    private sealed class EventNames : TelemetryListener
    {
        public List<(string Name, ResilienceEventSeverity Severity, Type Arguments)> Seen { get; } = [];

        public override void Write<TResult, TArgs>(in TelemetryEventArguments<TResult, TArgs> args)
        {
            if (args.Source.StrategyName is not null)
            {
                Seen.Add((args.Event.EventName, args.Event.Severity, typeof(TArgs)));
            }
        }
    }
}

/// <summary>What a thousand calls allocate that succeed at once.</summary>
internal static class Allocations
{
    public static long Of(ResiliencePipeline<string> pipeline)
    {
        var context = ResilienceContextPool.Shared.Get();
        Call(pipeline, context, 1_000);

        var before = GC.GetAllocatedBytesForCurrentThread();
        Call(pipeline, context, 1_000);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        ResilienceContextPool.Shared.Return(context);
        return allocated;
    }

    private static void Call(ResiliencePipeline<string> pipeline, ResilienceContext context, int times)
    {
        for (var i = 0; i < times; i++)
        {
            var call = pipeline.ExecuteOutcomeAsync(static (_, _) => new ValueTask<Outcome<string>>(Outcome.FromResult("done")), context, 0);
            if (!call.IsCompletedSuccessfully || call.Result.Exception is not null)
            {
                throw new InvalidOperationException("The call was to succeed at once.");
            }
        }
    }
}
