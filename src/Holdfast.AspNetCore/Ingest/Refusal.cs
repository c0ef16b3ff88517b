using Holdfast.AspNetCore.Api;
using Microsoft.AspNetCore.Http;

namespace Holdfast.AspNetCore.Ingest;

/// <summary>What the ways in have in common when they take nothing.</summary>
internal static class Refusal
{
    /// <summary>The server takes no work.</summary>
    public static Task OfWorkAsync(HttpContext context) =>
        Problem.RetryLaterAsync(context, 503, "The server is not accepting.", "It is starting or shutting down.", TimeSpan.FromSeconds(2));

    /// <summary>The body was not read.</summary>
    public static async Task OfBodyAsync(HttpContext context, BodyOutcome outcome, int bytesMax)
    {
        // The rest of the body is not read: whoever is still sending it learns from this that no other request can follow.
        context.Response.Headers.Connection = "close";
        await (outcome switch
        {
            BodyOutcome.TooLarge => Problem.WriteAsync(
                context, 413, "The body is too large.", $"At most {bytesMax} bytes are accepted (HOLDFAST_MAX_BODY_BYTES). Send it in parts."),
            BodyOutcome.NoRoom => Problem.RetryLaterAsync(
                context, 429, "Too many bodies at once.", $"All {BodyBudget.MaxFor(bytesMax) >> 20} MiB for bodies are in use.", TimeSpan.FromSeconds(1)),
            BodyOutcome.TooSlow => Problem.WriteAsync(
                context, 408, "The body took too long.", $"It was not complete after {BodyReader.Patience.TotalSeconds:F0} s. Nothing was recorded. Send it in parts."),
            BodyOutcome.GivenUp => OfWorkAsync(context),
            _ => throw new InvalidOperationException($"A body that was {outcome} is not refused."),
        });
        if (outcome == BodyOutcome.GivenUp)
        {
            // The web server would wait for the rest of the body, and the shutdown for the web server. Nothing was acknowledged.
            context.Abort();
        }
    }
}
