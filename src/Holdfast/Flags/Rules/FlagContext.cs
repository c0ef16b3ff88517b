using System.Text.Json;

namespace Holdfast.Flags;

/// <summary>For whom a flag is evaluated.</summary>
public sealed class FlagContext
{
    private static readonly JsonElement NoAttributes = JsonSerializer.SerializeToElement(new Dictionary<string, object>());

    /// <summary>Nobody in particular.</summary>
    public static FlagContext Empty { get; } = new(null);

    /// <summary>Makes a context.</summary>
    /// <param name="targetingKey">Who it is: the key that percentages go by. Null or empty: nobody knows, and percentages do not apply.</param>
    /// <param name="attributes">A JSON object that conditions look into: <c>{"plan": "pro", "app": {"version": "2.1.0"}}</c>. Default: an empty one.</param>
    /// <exception cref="ArgumentException">The attributes are no JSON object.</exception>
    public FlagContext(string? targetingKey, JsonElement? attributes = null)
    {
        TargetingKey = string.IsNullOrEmpty(targetingKey) ? null : targetingKey;
        Attributes = attributes ?? NoAttributes;
        if (Attributes.ValueKind != JsonValueKind.Object)
        {
            throw new ArgumentException("The attributes must be a JSON object.", nameof(attributes));
        }
    }

    /// <summary>Who it is, or null.</summary>
    public string? TargetingKey { get; }

    /// <summary>What else is known.</summary>
    public JsonElement Attributes { get; }
}
