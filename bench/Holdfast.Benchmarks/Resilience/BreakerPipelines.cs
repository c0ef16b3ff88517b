using Holdfast.Resilience;
using Polly;
using Polly.CircuitBreaker;
using Polly.Retry;

namespace Holdfast.Benchmarks.Resilience;

/// <summary>The pipelines that are compared, Polly's and ours, each with its defaults where it has any.</summary>
internal static class BreakerPipelines
{
    public static ResiliencePipeline<string> StockClosed() =>
        new ResiliencePipelineBuilder<string>().AddCircuitBreaker(new CircuitBreakerStrategyOptions<string>()).Build();

    public static ResiliencePipeline<string> OursClosed() =>
        new ResiliencePipelineBuilder<string>().AddConsecutiveCircuitBreaker(new ConsecutiveCircuitBreakerStrategyOptions<string>()).Build();

    public static ResiliencePipeline<string> StockOpen()
    {
        var pipeline = new ResiliencePipelineBuilder<string>()
            .AddCircuitBreaker(new CircuitBreakerStrategyOptions<string> { MinimumThroughput = 2, BreakDuration = TimeSpan.FromDays(1) })
            .Build();
        Calls.Fail(pipeline, 2);
        return pipeline;
    }

    public static ResiliencePipeline<string> OursOpen()
    {
        var pipeline = new ResiliencePipelineBuilder<string>()
            .AddConsecutiveCircuitBreaker(new ConsecutiveCircuitBreakerStrategyOptions<string> { FailureThreshold = 2, BreakDuration = TimeSpan.FromDays(1) })
            .Build();
        Calls.Fail(pipeline, 2);
        return pipeline;
    }

    public static ResiliencePipeline<string> StockCombined() => new ResiliencePipelineBuilder<string>()
        .AddRetry(new RetryStrategyOptions<string>())
        .AddCircuitBreaker(new CircuitBreakerStrategyOptions<string>())
        .AddTimeout(TimeSpan.FromSeconds(10))
        .Build();

    public static ResiliencePipeline<string> OursCombined() => new ResiliencePipelineBuilder<string>()
        .AddBackoffRetry(new BackoffRetryOptions<string> { Handle = new RetryHandle("bench") })
        .AddConsecutiveCircuitBreaker(new ConsecutiveCircuitBreakerStrategyOptions<string>())
        .AddTimeout(TimeSpan.FromSeconds(10))
        .Build();

    /// <summary>A named pipeline as the product uses it: with both timeouts and all its counters. Nothing of Polly's to compare it with.</summary>
    public static ResiliencePipeline<string> Named() => new ResiliencePipelines().GetOrAdd("bench").For<string>();
}
