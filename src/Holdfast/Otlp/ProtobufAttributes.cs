using Holdfast.Pipeline;

namespace Holdfast.Otlp;

/// <summary>Attributes in Protocol Buffers, kept as <c>LEB128 length | KeyValue message</c> one after the other.</summary>
internal sealed class ProtobufAttributes : IAttributeFormat
{
    private const uint Key = (1 << 3) | ProtobufReader.Bytes;
    private const uint Value = (2 << 3) | ProtobufReader.Bytes;
    private const uint TextValue = (1 << 3) | ProtobufReader.Bytes;
    private const uint BoolValue = (2 << 3) | ProtobufReader.Varint;
    private const uint IntValue = (3 << 3) | ProtobufReader.Varint;
    private const uint DoubleValue = (4 << 3) | ProtobufReader.Fixed64;
    private const uint ArrayValue = (5 << 3) | ProtobufReader.Bytes;
    private const uint ListValue = (6 << 3) | ProtobufReader.Bytes;
    private const uint BytesValue = (7 << 3) | ProtobufReader.Bytes;
    private const uint Element = (1 << 3) | ProtobufReader.Bytes;

    public static ProtobufAttributes Format { get; } = new();

    public byte Id => 1;

    /// <summary>Notes a KeyValue message for <see cref="Read"/>.</summary>
    public static void Keep(PooledBuffer kept, ReadOnlySpan<byte> keyValue)
    {
        var target = kept.GetSpan(5 + keyValue.Length);
        kept.Advance(Varint.WriteBytes(target, keyValue));
    }

    public void Read(ReadOnlySpan<byte> attributes, ICollection<KeyValuePair<string, string>> labels)
    {
        var reader = new ProtobufReader(attributes);
        while (!reader.AtEnd)
        {
            var key = ReadKeyValue(reader.ReadBytes(), out var value);
            labels.Add(KeyValuePair.Create(key, TextOf(value)));
        }
    }

    private static string ReadKeyValue(ReadOnlySpan<byte> message, out ReadOnlySpan<byte> value)
    {
        var key = "";
        value = [];
        var reader = new ProtobufReader(message);
        while (reader.TryReadTag(out var tag))
        {
            switch (tag)
            {
                case Key:
                    key = reader.ReadText();
                    break;
                case Value:
                    value = reader.ReadBytes();
                    break;
                default:
                    reader.Skip(tag);
                    break;
            }
        }

        return key;
    }

    /// <summary>A value as a label: texts as they are, the others as JSON writes them. A value that is not there is an empty text.</summary>
    private static string TextOf(ReadOnlySpan<byte> value)
    {
        var text = "";
        var reader = new ProtobufReader(value);
        while (reader.TryReadTag(out var tag))
        {
            switch (tag)
            {
                case TextValue:
                    text = reader.ReadText();
                    break;
                case BoolValue:
                    text = AttributeText.Of(reader.ReadVarint() != 0);
                    break;
                case IntValue:
                    text = AttributeText.Of((long)reader.ReadVarint());
                    break;
                case DoubleValue:
                    text = AttributeText.Of(reader.ReadDouble());
                    break;
                case BytesValue:
                    text = Convert.ToBase64String(reader.ReadBytes());
                    break;
                case ArrayValue or ListValue:
                    text = JsonOf(tag, reader.ReadBytes());
                    break;
                default:
                    reader.Skip(tag);
                    break;
            }
        }

        return text;
    }

    private static string JsonOf(uint tag, ReadOnlySpan<byte> nested)
    {
        using var json = new NestedValue();
        WriteNested(json, tag, nested);
        return json.Finish();
    }

    private static void WriteNested(NestedValue nested, uint tag, ReadOnlySpan<byte> message)
    {
        nested.Begin(isArray: tag == ArrayValue);
        var reader = new ProtobufReader(message);
        while (reader.TryReadTag(out var field))
        {
            if (field != Element)
            {
                reader.Skip(field);
            }
            else if (tag == ArrayValue)
            {
                WriteValue(nested, reader.ReadBytes());
            }
            else
            {
                var key = ReadKeyValue(reader.ReadBytes(), out var value);
                nested.Json.WritePropertyName(key);
                WriteValue(nested, value);
            }
        }

        nested.End();
    }

    private static void WriteValue(NestedValue nested, ReadOnlySpan<byte> value)
    {
        var reader = new ProtobufReader(value);
        var written = false;
        while (!written && reader.TryReadTag(out var tag))
        {
            written = true;
            switch (tag)
            {
                case TextValue:
                    nested.Json.WriteStringValue(reader.ReadText());
                    break;
                case BoolValue:
                    nested.Json.WriteBooleanValue(reader.ReadVarint() != 0);
                    break;
                case IntValue:
                    nested.Json.WriteNumberValue((long)reader.ReadVarint());
                    break;
                case DoubleValue:
                    nested.Write(reader.ReadDouble());
                    break;
                case BytesValue:
                    nested.Json.WriteBase64StringValue(reader.ReadBytes());
                    break;
                case ArrayValue or ListValue:
                    WriteNested(nested, tag, reader.ReadBytes());
                    break;
                default:
                    reader.Skip(tag);
                    written = false;
                    break;
            }
        }

        if (!written)
        {
            nested.Json.WriteNullValue();
        }
    }
}
