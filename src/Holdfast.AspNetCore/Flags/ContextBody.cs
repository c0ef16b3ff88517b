using System.Text.Json;
using Holdfast.AspNetCore.Ingest;
using Holdfast.Flags;
using Holdfast.Flags.Rules;
using Holdfast.Pipeline;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Holdfast.AspNetCore.Flags;

/// <summary>Reads <c>{"context": {"targetingKey": "user-1", "plan": "pro"}}</c>, as OFREP has it.</summary>
internal static class ContextBody
{
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = FlagLimits.JsonDepthMax };

    /// <summary>The context, or what is wrong with it. Null: there is no room for bodies at present, or it did not come in time, which was answered.</summary>
    public static async Task<AskedContext?> ReadAsync(HttpContext http)
    {
        var (outcome, body) = await http.RequestServices.GetRequiredService<BodyReader>().ReadAsync(http, FlagLimits.ContextBytesMax, http.RequestAborted);
        if (body is not null)
        {
            using (body)
            {
                return body.Length == 0 ? new AskedContext(FlagContext.Empty, null) : Parse(body.Memory);
            }
        }

        if (outcome == BodyOutcome.TooLarge)
        {
            return Faulty($"At most {FlagLimits.ContextBytesMax} bytes are read.");
        }

        await Ingest.Refusal.OfBodyAsync(http, outcome, FlagLimits.ContextBytesMax);
        return null;
    }

    private static AskedContext Parse(ReadOnlyMemory<byte> body)
    {
        try
        {
            if (!JsonTexts.AreReadable(body.Span, FlagLimits.JsonDepthMax))
            {
                return Faulty("JSON is wanted.");
            }

            using var document = JsonDocument.Parse(body, Strict);
            return Read(document.RootElement);
        }
        catch (JsonException fault)
        {
            return Faulty(fault.Message);
        }
    }

    private static AskedContext Read(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object)
        {
            return Faulty("An object with a context is wanted.");
        }

        if (!root.TryGetProperty("context", out var context) || context.ValueKind == JsonValueKind.Null)
        {
            return new AskedContext(FlagContext.Empty, null);
        }

        if (context.ValueKind != JsonValueKind.Object)
        {
            return Faulty("The context must be an object.");
        }

        return context.TryGetProperty("targetingKey", out var key) && key.ValueKind is not (JsonValueKind.String or JsonValueKind.Null)
            ? Faulty("The targetingKey must be a text.")
            : new AskedContext(new FlagContext(key.ValueKind == JsonValueKind.String ? key.GetString() : null, context.Clone()), null);
    }

    private static AskedContext Faulty(string fault) => new(FlagContext.Empty, fault);
}

/// <param name="Context">An empty one where the body has none.</param>
/// <param name="Fault">What is wrong with it, in a sentence; null: nothing.</param>
internal sealed record AskedContext(FlagContext Context, string? Fault);
