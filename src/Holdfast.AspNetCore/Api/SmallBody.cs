using Holdfast.AspNetCore.Ingest;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Holdfast.AspNetCore.Api;

/// <summary>
/// Reads the body of a request that is a handful of fields. It gets memory as it arrives, from what all bodies share, and until the request
/// is answered: a thousand callers who announce one and send nothing cost nothing.
/// </summary>
internal static class SmallBody
{
    /// <summary>The body, empty when there is none; null when it was not read and a problem was answered.</summary>
    public static async Task<ReadOnlyMemory<byte>?> ReadAsync(HttpContext context, int bytesMax)
    {
        var (outcome, body) = await context.RequestServices.GetRequiredService<BodyReader>().ReadAsync(context, bytesMax, context.RequestAborted);
        if (body is not null)
        {
            context.Response.RegisterForDispose(body);
            return body.Memory;
        }

        await (outcome == BodyOutcome.TooLarge
            ? Problem.WriteAsync(context, StatusCodes.Status413PayloadTooLarge, "The body is too large.", $"At most {bytesMax} bytes are read.")
            : Refusal.OfBodyAsync(context, outcome, bytesMax));
        return null;
    }
}
