using System.Text;
using System.Text.Json;

namespace Holdfast.Server.Tests.Support;

/// <summary>Names and types of a JSON value, without its values: what a client relies on.</summary>
internal static class JsonShape
{
    public static string Of(JsonElement value)
    {
        var text = new StringBuilder();
        Write(text, value, "");
        return text.ToString().TrimStart();
    }

    /// <summary>Every property name that occurs, at any depth.</summary>
    public static IEnumerable<string> Names(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => value.EnumerateObject().SelectMany(member => Names(member.Value).Prepend(member.Name)),
        JsonValueKind.Array => value.EnumerateArray().SelectMany(Names),
        _ => [],
    };

    private static void Write(StringBuilder text, JsonElement value, string indent)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (var member in value.EnumerateObject())
                {
                    text.Append('\n').Append(indent).Append(member.Name).Append(':');
                    Write(text, member.Value, indent + "  ");
                }

                break;
            case JsonValueKind.Array:
                text.Append(" list");
                if (value.GetArrayLength() > 0)
                {
                    text.Append(" of");
                    Write(text, value[0], indent + "  ");
                }

                break;
            case JsonValueKind.True or JsonValueKind.False:
                text.Append(" bool");
                break;
            default:
                text.Append(' ').Append(value.ValueKind.ToString().ToLowerInvariant());
                break;
        }
    }
}
