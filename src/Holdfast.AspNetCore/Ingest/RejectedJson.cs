using System.Text.Json;
using Holdfast.AspNetCore.Api;
using Holdfast.Pipeline;

namespace Holdfast.AspNetCore.Ingest;

/// <summary>Rejected items on the wire: <c>"rejected": [{index, errors: [{rule, field, message}]}]</c>.</summary>
internal static class RejectedJson
{
    /// <summary>Items told one by one. Two bytes can be an item, and what is said of it is a hundred times that.</summary>
    public const int ItemsMax = 1_000;

    /// <summary>Writes the first items, and in <c>rejected_more</c> how many there are beyond those.</summary>
    public static void Write(Utf8JsonWriter json, IReadOnlyList<RejectedItem> rejected)
    {
        json.WriteStartArray("rejected"u8);
        foreach (var item in rejected.Take(ItemsMax))
        {
            WriteItem(json, item);
        }

        json.WriteEndArray();
        if (rejected.Count > ItemsMax)
        {
            json.WriteNumber("rejected_more"u8, rejected.Count - ItemsMax);
        }
    }

    private static void WriteItem(Utf8JsonWriter json, RejectedItem item)
    {
        json.WriteStartObject();
        json.WriteNumber("index"u8, item.Index);
        json.WritePropertyName("errors"u8);
        Problem.WriteErrors(json, item.Errors);
        json.WriteEndObject();
    }
}
