using System.Text.Json;
using System.Text.Json.Serialization;

namespace Holdfast.Operations;

/// <summary>
/// Filters as they are kept with an operation: JSON with the names that the API has for them, and only what was said. They were checked
/// when the operation was asked for. A member that is not known here is a fault: without it the filter would let more through.
/// </summary>
internal static class OperationFilter
{
    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
    };

    public static string Write<T>(T filter) => JsonSerializer.Serialize(filter, Options);

    public static T Read<T>(string json) => JsonSerializer.Deserialize<T>(json, Options)!;
}
