using Holdfast.AspNetCore.Security;
using Holdfast.Pipeline;
using Microsoft.AspNetCore.Http;

namespace Holdfast.AspNetCore.Api;

/// <summary>Reads what an operator asks for, with every fault of it, and only while the store can do it.</summary>
internal static class OperatorBody
{
    /// <summary>What the body says; null when it has faults, or the store is away, and that was answered.</summary>
    public static async Task<T?> ReadAsync<T>(HttpContext context, StoreState state, int bytesMax, Func<BodyFields, T> read)
        where T : class
    {
        if (await SmallBody.ReadAsync(context, bytesMax) is not { } body)
        {
            return null;
        }

        var fields = BodyFields.Parse(body, context.Caller().Name);
        var asked = read(fields);
        if (fields.Errors is { Count: > 0 } errors)
        {
            await Problem.WriteAsync(context, StatusCodes.Status400BadRequest, "The body has faults.", errors: errors);
            return null;
        }

        return await StoreGate.OpenAsync(context, state) ? asked : null;
    }

    /// <summary>The versions that an edit may be made over; null: whatever is there.</summary>
    public static IReadOnlyList<int>? ReadIfMatch(HttpRequest request, BodyFields fields)
    {
        if (!EntityVersion.TryReadIfMatch(request, out var versions))
        {
            fields.Fault("If-Match", "An entity tag as the ETag header has it is wanted, in its quotes: \"1\".");
        }

        return versions;
    }
}
