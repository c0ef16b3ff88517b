using Holdfast.Resilience;
using Holdfast.Testing;
using Polly;
using Polly.CircuitBreaker;

namespace Holdfast.Tests.Resilience;

public class CircuitBreakerStressTests
{
    private const int CallsPerThread = 50_000;

    /// <summary>Time passes with the calls, not with the machine: on a fast one everything would be over while the circuit is open.</summary>
    private const int CallsPerTick = 40;

    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(10);

    private readonly ManualTimeProvider _time = new();

    [Fact]
    public async Task Two_threads_lose_no_call_and_count_none_twice()
    {
        var handle = new CircuitBreakerHandle("stress", time: _time);
        var pipeline = new ResiliencePipelineBuilder<int>()
            .AddConsecutiveCircuitBreaker(new ConsecutiveCircuitBreakerStrategyOptions<int>
            {
                Handle = handle,
                FailureThreshold = 3,
                BreakDuration = Tick,
            })
            .Build();

        var seen = await Task.WhenAll(Task.Run(() => CallAsync(pipeline, 1)), Task.Run(() => CallAsync(pipeline, 2)));

        var totals = handle.Snapshot().Totals;
        totals.Calls.ShouldBe(2 * CallsPerThread);
        totals.Rejected.ShouldBe(seen.Sum(one => one.Rejected));
        (totals.Succeeded + totals.Failed + totals.Cancelled + totals.Stale).ShouldBe(2 * CallsPerThread - totals.Rejected);
        totals.Succeeded.ShouldBeLessThanOrEqualTo(seen.Sum(one => one.Succeeded));
        totals.Failed.ShouldBeLessThanOrEqualTo(seen.Sum(one => one.Failed));
        totals.Cancelled.ShouldBeGreaterThan(0);
        totals.Ignored.ShouldBe(0);
        totals.Opened.ShouldBeGreaterThan(0);
    }

    private async Task<(long Succeeded, long Failed, long Rejected)> CallAsync(ResiliencePipeline<int> pipeline, int seed)
    {
        var random = new Random(seed);
        (long Succeeded, long Failed, long Rejected) seen = default;
        for (var i = 0; i < CallsPerThread; i++)
        {
            if (i % CallsPerTick == 0)
            {
                _time.Advance(Tick);
            }

            var dice = random.Next(10);
            using var giveUp = new CancellationTokenSource();
            var context = ResilienceContextPool.Shared.Get(giveUp.Token);
            var outcome = await pipeline.ExecuteOutcomeAsync(static (_, roll) => RollAsync(roll.dice, roll.giveUp), context, (dice, giveUp));
            ResilienceContextPool.Shared.Return(context);
            seen.Succeeded += outcome.Exception is null ? 1 : 0;
            seen.Failed += outcome.Exception is InvalidOperationException ? 1 : 0;
            seen.Rejected += outcome.Exception is BrokenCircuitException ? 1 : 0;
        }

        return seen;
    }

    private static async ValueTask<Outcome<int>> RollAsync(int dice, CancellationTokenSource giveUp)
    {
        if (dice % 3 == 0)
        {
            await Task.Yield();
        }

        if (dice == 0)
        {
            await giveUp.CancelAsync();
            return Outcome.FromException<int>(new OperationCanceledException(giveUp.Token));
        }

        return dice > 5 ? Outcome.FromException<int>(new InvalidOperationException())
            : Outcome.FromResult(dice);
    }
}
