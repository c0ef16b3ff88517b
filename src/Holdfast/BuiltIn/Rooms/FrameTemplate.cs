using System.Buffers;
using System.Text.Json;

namespace Holdfast.BuiltIn.Rooms;

/// <summary>
/// How a message looks as a frame: JSON in whose texts <c>{text}</c> and <c>{to}</c> stand for what is said and to whom. What is put in is
/// a text within the JSON and can be nothing else. Pure.
/// </summary>
internal sealed class FrameTemplate(JsonElement frame)
{
    private const string Text = "{text}";
    private const string To = "{to}";

    public bool HasText => frame.GetRawText().Contains(Text, StringComparison.Ordinal);

    public bool HasTo => frame.GetRawText().Contains(To, StringComparison.Ordinal);

    public byte[] Fill(string text, string to)
    {
        var bytes = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(bytes))
        {
            Write(json, frame, text, to);
        }

        return bytes.WrittenSpan.ToArray();
    }

    private static void Write(Utf8JsonWriter json, JsonElement part, string text, string to)
    {
        switch (part.ValueKind)
        {
            case JsonValueKind.Object:
                json.WriteStartObject();
                foreach (var member in part.EnumerateObject())
                {
                    json.WritePropertyName(member.Name);
                    Write(json, member.Value, text, to);
                }

                json.WriteEndObject();
                break;
            case JsonValueKind.Array:
                json.WriteStartArray();
                foreach (var element in part.EnumerateArray())
                {
                    Write(json, element, text, to);
                }

                json.WriteEndArray();
                break;
            case JsonValueKind.String:
                json.WriteStringValue(Fill(part.GetString()!, text, to));
                break;
            default:
                part.WriteTo(json);
                break;
        }
    }

    // Piece by piece: what is said may itself hold {to}.
    private static string Fill(string template, string text, string to) =>
        string.Join(text, template.Split(Text).Select(piece => piece.Replace(To, to, StringComparison.Ordinal)));
}
