using System.Text.Json;
using static Holdfast.Otlp.JsonFields;

namespace Holdfast.Otlp;

/// <summary>Attributes in JSON, kept as the text of their array.</summary>
internal sealed class JsonAttributes : IAttributeFormat
{
    public static JsonAttributes Format { get; } = new();

    public byte Id => 2;

    public void Read(ReadOnlySpan<byte> attributes, ICollection<KeyValuePair<string, string>> labels)
    {
        if (attributes.IsEmpty)
        {
            return;
        }

        var reader = new Utf8JsonReader(attributes);
        reader.Read();
        while (NextElement(ref reader))
        {
            var (key, text) = ReadKeyValue(ref reader);
            labels.Add(KeyValuePair.Create(key, text));
        }
    }

    private static (string Key, string Text) ReadKeyValue(ref Utf8JsonReader reader)
    {
        var (key, text) = ("", "");
        Expect(ref reader, JsonTokenType.StartObject);
        while (NextMember(ref reader))
        {
            if (TryMember(ref reader, "key"u8))
            {
                key = ReadText(ref reader);
            }
            else if (TryMember(ref reader, "value"u8, JsonTokenType.StartObject))
            {
                text = ReadValue(ref reader);
            }
            else
            {
                reader.Skip();
            }
        }

        return (key, text);
    }

    /// <summary>A value as a label: texts as they are, the others as JSON writes them. A value that is not there is an empty text.</summary>
    private static string ReadValue(ref Utf8JsonReader reader)
    {
        var text = "";
        while (NextMember(ref reader))
        {
            if (TryMember(ref reader, "stringValue"u8) || TryMember(ref reader, "bytesValue"u8))
            {
                text = ReadText(ref reader);
            }
            else if (TryMember(ref reader, "intValue"u8))
            {
                text = AttributeText.Of(ReadInt64(ref reader));
            }
            else if (TryMember(ref reader, "boolValue"u8))
            {
                text = AttributeText.Of(ReadBool(ref reader));
            }
            else if (TryMember(ref reader, "doubleValue"u8))
            {
                text = AttributeText.Of(ReadDouble(ref reader));
            }
            else if (TryMember(ref reader, "arrayValue"u8, JsonTokenType.StartObject))
            {
                text = ReadNested(ref reader, isArray: true);
            }
            else if (TryMember(ref reader, "kvlistValue"u8, JsonTokenType.StartObject))
            {
                text = ReadNested(ref reader, isArray: false);
            }
            else
            {
                reader.Skip();
            }
        }

        return text;
    }

    private static string ReadNested(ref Utf8JsonReader reader, bool isArray)
    {
        using var nested = new NestedValue();
        WriteNested(nested, ref reader, isArray);
        return nested.Finish();
    }

    private static void WriteNested(NestedValue nested, ref Utf8JsonReader reader, bool isArray)
    {
        nested.Begin(isArray);
        while (NextMember(ref reader))
        {
            if (!TryMember(ref reader, "values"u8, JsonTokenType.StartArray))
            {
                reader.Skip();
                continue;
            }

            while (NextElement(ref reader))
            {
                WriteElement(nested, ref reader, isArray);
            }
        }

        nested.End();
    }

    private static void WriteElement(NestedValue nested, ref Utf8JsonReader reader, bool isArray)
    {
        Expect(ref reader, JsonTokenType.StartObject);
        if (isArray)
        {
            WriteValue(nested, ref reader);
            return;
        }

        nested.Json.WritePropertyName(FindKey(reader));
        var written = false;
        while (NextMember(ref reader))
        {
            if (!written && TryMember(ref reader, "value"u8, JsonTokenType.StartObject))
            {
                WriteValue(nested, ref reader);
                written = true;
            }
            else
            {
                reader.Skip();
            }
        }

        if (!written)
        {
            nested.Json.WriteNullValue();
        }
    }

    private static string FindKey(Utf8JsonReader reader)
    {
        var key = "";
        while (NextMember(ref reader))
        {
            if (TryMember(ref reader, "key"u8))
            {
                key = ReadText(ref reader);
            }
            else
            {
                reader.Skip();
            }
        }

        return key;
    }

    private static void WriteValue(NestedValue nested, ref Utf8JsonReader reader)
    {
        var written = false;
        while (NextMember(ref reader))
        {
            if (written || !TryWriteValue(nested, ref reader))
            {
                reader.Skip();
            }
            else
            {
                written = true;
            }
        }

        if (!written)
        {
            nested.Json.WriteNullValue();
        }
    }

    private static bool TryWriteValue(NestedValue nested, ref Utf8JsonReader reader)
    {
        if (TryMember(ref reader, "stringValue"u8) || TryMember(ref reader, "bytesValue"u8))
        {
            nested.Json.WriteStringValue(ReadText(ref reader));
        }
        else if (TryMember(ref reader, "intValue"u8))
        {
            nested.Json.WriteNumberValue(ReadInt64(ref reader));
        }
        else if (TryMember(ref reader, "boolValue"u8))
        {
            nested.Json.WriteBooleanValue(ReadBool(ref reader));
        }
        else if (TryMember(ref reader, "doubleValue"u8))
        {
            nested.Write(ReadDouble(ref reader));
        }
        else if (TryMember(ref reader, "arrayValue"u8, JsonTokenType.StartObject))
        {
            WriteNested(nested, ref reader, isArray: true);
        }
        else if (TryMember(ref reader, "kvlistValue"u8, JsonTokenType.StartObject))
        {
            WriteNested(nested, ref reader, isArray: false);
        }
        else
        {
            return false;
        }

        return true;
    }
}
