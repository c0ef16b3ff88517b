using System.Text;
using System.Text.Json;

namespace Holdfast.Realtime.Wire;

/// <summary>What the readers of both text forms share. Pure.</summary>
internal static class PhoenixText
{
    private static readonly JsonReaderOptions Options = new() { MaxDepth = 64 };

    /// <summary>Runs a reader over a text; null: the text is not what it reads, or not JSON at all.</summary>
    public static T? Read<T>(ReadOnlySpan<byte> text, ReadJson<T> read)
        where T : class
    {
        try
        {
            var json = new Utf8JsonReader(text, Options);
            var result = json.Read() ? read(ref json) : null;
            return json.Read() ? null : result;
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            // The second kind: half of a surrogate pair in a text, which is noticed only when the text is read.
            return null;
        }
    }

    /// <summary>A name: of a topic, an event, a reference. Numbers are taken for their text, since some clients count with them.</summary>
    /// <returns>False: it is neither, or too long.</returns>
    public static bool TryName(ref Utf8JsonReader json, out string? name)
    {
        name = json.TokenType switch
        {
            JsonTokenType.String => json.GetString(),
            JsonTokenType.Number => Encoding.ASCII.GetString(json.ValueSpan),
            _ => null,
        };
        return json.TokenType is JsonTokenType.Null || (name is not null && Encoding.UTF8.GetByteCount(name) <= PhoenixSerializer.NameBytesMax);
    }

    /// <summary>Steps over a value and returns it as it stands.</summary>
    /// <exception cref="InvalidOperationException">A text in it has half of a surrogate pair.</exception>
    public static ReadOnlyMemory<byte> Raw(ref Utf8JsonReader json, ReadOnlyMemory<byte> text)
    {
        var start = (int)json.TokenStartIndex;
        Skip(ref json);
        return text[start..(int)json.BytesConsumed];
    }

    /// <summary>Whether bytes are one JSON value in UTF-8, every text of which can be read: what is relayed must not break those who read it.</summary>
    public static bool IsJson(ReadOnlySpan<byte> text)
    {
        if (!System.Text.Unicode.Utf8.IsValid(text))
        {
            return false;
        }

        try
        {
            var json = new Utf8JsonReader(text, Options);
            if (!json.Read())
            {
                return false;
            }

            Skip(ref json);
            return !json.Read();
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            return false;
        }
    }

    /// <summary>Steps over a value like the reader's own, which looks into no text: half of a surrogate pair would be met only by who asks for it.</summary>
    private static void Skip(ref Utf8JsonReader json)
    {
        var depth = json.CurrentDepth;
        var isOver = json.TokenType is not (JsonTokenType.StartObject or JsonTokenType.StartArray);
        RequireText(ref json);
        while (!isOver && json.Read())
        {
            RequireText(ref json);
            isOver = json.CurrentDepth == depth;
        }
    }

    private static void RequireText(ref Utf8JsonReader json)
    {
        if (json.TokenType is JsonTokenType.String or JsonTokenType.PropertyName && json.ValueIsEscaped)
        {
            _ = json.GetString();
        }
    }
}

internal delegate T? ReadJson<T>(ref Utf8JsonReader json)
    where T : class;
