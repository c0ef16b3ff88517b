using Holdfast.Pipeline;
using Microsoft.AspNetCore.Http;

namespace Holdfast.AspNetCore.Api;

/// <summary>Answers 503 at once, instead of waiting for a store that is known to be unavailable.</summary>
internal static class StoreGate
{
    public static async Task<bool> OpenAsync(HttpContext context, StoreState state)
    {
        var condition = state.Now;
        if (condition.Available)
        {
            return true;
        }

        await RefuseAsync(context, condition.Message ?? "It is being opened.");
        return false;
    }

    public static Task RefuseAsync(HttpContext context, string reason) => Problem.RetryLaterAsync(
        context,
        StatusCodes.Status503ServiceUnavailable,
        "The store is unavailable.",
        $"{reason} New data is accepted all the same and waits in the spool.",
        TimeSpan.FromSeconds(2));
}
