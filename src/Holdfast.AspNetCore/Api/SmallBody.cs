using Microsoft.AspNetCore.Http;

namespace Holdfast.AspNetCore.Api;

/// <summary>Reads the body of an operator's request, which is a handful of fields, into memory.</summary>
internal static class SmallBody
{
    /// <summary>The body, empty when there is none; null when it was too large and a problem was answered.</summary>
    public static async Task<ReadOnlyMemory<byte>?> ReadAsync(HttpContext context, int bytesMax)
    {
        var buffer = new byte[bytesMax + 1];
        var length = await context.Request.Body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, context.RequestAborted);
        if (length <= bytesMax)
        {
            return buffer.AsMemory(0, length);
        }

        await Problem.WriteAsync(context, StatusCodes.Status413PayloadTooLarge, "The body is too large.", $"At most {bytesMax} bytes are read.");
        return null;
    }
}
