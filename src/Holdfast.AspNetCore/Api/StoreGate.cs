using Holdfast.Pipeline;
using Microsoft.AspNetCore.Http;

namespace Holdfast.AspNetCore.Api;

/// <summary>Answers 503 at once, instead of waiting for a store that is known to be unavailable.</summary>
internal static class StoreGate
{
    /// <summary>When to ask again if nobody knows: the store may come back any moment.</summary>
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(2);

    public static async Task<bool> OpenAsync(HttpContext context, StoreState state)
    {
        var condition = state.Now;
        if (condition.Available)
        {
            return true;
        }

        await RefuseAsync(context, condition.Explanation, Soon);
        return false;
    }

    /// <summary>The store was asked after all and had nothing but a fault, or the circuit breaker let nothing through.</summary>
    public static Task RefuseAsync(HttpContext context, StoreUnavailableException fault) => RefuseAsync(
        context, $"The store did not answer ({fault.Reason}). {StoreFaults.AdviceFor(fault.Code)}", fault.RetryAfter ?? Soon);

    private static Task RefuseAsync(HttpContext context, string reason, TimeSpan retryAfter) => Problem.RetryLaterAsync(
        context,
        StatusCodes.Status503ServiceUnavailable,
        "The store is unavailable.",
        $"{reason} New data is accepted all the same and waits in the spool.",
        retryAfter);
}
