using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Holdfast.Storage;

namespace Holdfast.Pipeline;

/// <summary>
/// How a refused row is shown to a person: as the JSON object it would have been, or, where its bytes are not valid JSON or UTF-8, as
/// <c>{"encoding":"base64","bytes":...}</c>. The exact bytes are kept beside it.
/// </summary>
internal static class DeadLetterPayload
{
    /// <param name="row">The refused event.</param>
    /// <param name="bytes">Its bytes, as encoded.</param>
    public static string Of(in EventRow row, ReadOnlySpan<byte> bytes)
    {
        if (!IsText(row.EventType) || !IsText(row.Source) || !IsJson(row.Data) || !IsJson(row.Metadata))
        {
            return OfBytes(bytes);
        }

        var event_ = row;
        return Write(json =>
        {
            json.WriteString("event_id", event_.Id);
            json.WriteString("event_type", event_.EventType.Span);
            WriteInstant(json, "timestamp", event_.TimestampMicroseconds);
            json.WriteString("source", event_.Source.Span);
            WriteRaw(json, "data", event_.Data);
            WriteRaw(json, "metadata", event_.Metadata);
            WriteCategory(json, event_.Category);
        });
    }

    /// <param name="sample">The refused sample; a value that is not a number is shown as a string, for JSON has no word for it.</param>
    public static string Of(Sample sample, ReadOnlySpan<byte> bytes)
    {
        var labels = Encoding.UTF8.GetBytes(sample.Series.LabelsJson);
        return !IsJson(labels) ? OfBytes(bytes) : Write(json =>
        {
            json.WriteString("name", sample.Series.Name);
            WriteRaw(json, "labels", labels);
            json.WriteString("unit", sample.Series.Unit);
            json.WriteString("kind", SeriesKinds.NameOf(sample.Series.Kind));
            json.WriteNumber("timestamp", sample.TimestampMilliseconds);
            if (double.IsFinite(sample.Value))
            {
                json.WriteNumber("value", sample.Value);
            }
            else
            {
                json.WriteString("value", sample.Value.ToString(CultureInfo.InvariantCulture));
            }
        });
    }

    /// <summary>Bytes of which nothing better can be said.</summary>
    public static string OfBytes(ReadOnlySpan<byte> bytes)
    {
        var base64 = Convert.ToBase64String(bytes);
        return Write(json =>
        {
            json.WriteString("encoding", "base64");
            json.WriteString("bytes", base64);
        });
    }

    /// <summary>Equal for refusals with the same cause, so that they can be counted and replayed together.</summary>
    public static string Fingerprint(string kind, string code, string? constraintName) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{kind}\n{code}\n{constraintName}")).AsSpan(0, 8));

    private static string Write(Action<Utf8JsonWriter> members)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            members(json);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static void WriteRaw(Utf8JsonWriter json, string name, ReadOnlyMemory<byte> value)
    {
        json.WritePropertyName(name);
        json.WriteRawValue(value.Span, skipInputValidation: true);
    }

    private static void WriteInstant(Utf8JsonWriter json, string name, long microseconds)
    {
        try
        {
            json.WriteString(name, UnixMicroseconds.ToInstant(microseconds));
        }
        catch (Exception fault) when (fault is ArgumentOutOfRangeException or OverflowException)
        {
            // Outside the calendar; the number is all there is to show, and may be why the row was refused.
            json.WriteNumber(name, microseconds);
        }
    }

    private static void WriteCategory(Utf8JsonWriter json, EventCategory category)
    {
        if (Enum.IsDefined(category))
        {
            json.WriteString("category", EventCategories.Name(category));
        }
        else
        {
            json.WriteNumber("category", (byte)category);
        }
    }

    private static bool IsText(ReadOnlyMemory<byte> utf8) => Utf8.IsValid(utf8.Span);

    /// <summary>Whether the bytes are exactly one JSON value.</summary>
    public static bool IsJson(ReadOnlyMemory<byte> utf8)
    {
        if (!IsText(utf8))
        {
            return false;
        }

        var reader = new Utf8JsonReader(utf8.Span);
        try
        {
            return reader.Read() && reader.TrySkip() && !reader.Read();
        }
        catch (JsonException)
        {
            return false; // the answer, not an accident
        }
    }
}
