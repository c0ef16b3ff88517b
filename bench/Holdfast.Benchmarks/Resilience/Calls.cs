using Polly;

namespace Holdfast.Benchmarks.Resilience;

/// <summary>The call that is timed: it does nothing and captures nothing, so that only the pipeline is left.</summary>
internal static class Calls
{
    public static bool Once(ResiliencePipeline<string> pipeline, ResilienceContext context)
    {
        var call = pipeline.ExecuteOutcomeAsync(static (_, _) => new ValueTask<Outcome<string>>(Outcome.FromResult("done")), context, 0);
        return call.IsCompletedSuccessfully && call.Result.Exception is null;
    }

    public static void Fail(ResiliencePipeline<string> pipeline, int times)
    {
        for (var i = 0; i < times; i++)
        {
            var context = ResilienceContextPool.Shared.Get();
            var call = pipeline.ExecuteOutcomeAsync(
                static (_, _) => new ValueTask<Outcome<string>>(Outcome.FromException<string>(new InvalidOperationException())), context, 0);
            _ = call.IsCompletedSuccessfully ? call.Result : throw new InvalidOperationException("The call was to end at once.");
            ResilienceContextPool.Shared.Return(context);
        }
    }
}
