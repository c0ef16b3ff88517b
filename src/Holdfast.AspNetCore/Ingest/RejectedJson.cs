using System.Text.Json;
using Holdfast.AspNetCore.Api;
using Holdfast.Pipeline;

namespace Holdfast.AspNetCore.Ingest;

/// <summary>Rejected items on the wire: <c>[{index, errors: [{rule, field, message}]}]</c>.</summary>
internal static class RejectedJson
{
    public static void Write(Utf8JsonWriter json, IReadOnlyList<RejectedItem> rejected)
    {
        json.WriteStartArray();
        foreach (var item in rejected)
        {
            json.WriteStartObject();
            json.WriteNumber("index"u8, item.Index);
            json.WritePropertyName("errors"u8);
            Problem.WriteErrors(json, item.Errors);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
