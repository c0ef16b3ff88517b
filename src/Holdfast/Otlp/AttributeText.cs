using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Holdfast.Otlp;

/// <summary>Attribute values that are not texts, as the text of a label.</summary>
internal static class AttributeText
{
    public static string Of(bool value) => value ? "true" : "false";

    public static string Of(long value) => value.ToString(CultureInfo.InvariantCulture);

    /// <summary>The shortest text that reads back as the same number; <c>NaN</c>, <c>Infinity</c> and <c>-Infinity</c> by their names.</summary>
    public static string Of(double value) => value.ToString("R", CultureInfo.InvariantCulture);
}

/// <summary>An array or a list of pairs on its way to the JSON text that becomes the label. Deeper than <see cref="DepthMax"/> is refused.</summary>
internal sealed class NestedValue : IDisposable
{
    /// <summary>Levels of an attribute's value. SDKs send one; without a limit a small body could exhaust the stack.</summary>
    public const int DepthMax = 16;

    private static readonly JsonWriterOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly ArrayBufferWriter<byte> _text = new(64);
    private readonly Stack<bool> _isArray = new();

    public NestedValue() => Json = new Utf8JsonWriter(_text, Compact);

    public Utf8JsonWriter Json { get; }

    public void Begin(bool isArray)
    {
        if (_isArray.Count == DepthMax)
        {
            throw new OtlpFormatException($"The value of an attribute is nested deeper than {DepthMax} levels.");
        }

        _isArray.Push(isArray);
        if (isArray)
        {
            Json.WriteStartArray();
        }
        else
        {
            Json.WriteStartObject();
        }
    }

    public void End()
    {
        if (_isArray.Pop())
        {
            Json.WriteEndArray();
        }
        else
        {
            Json.WriteEndObject();
        }
    }

    /// <summary>JSON has no NaN and no infinity: those are written by their names.</summary>
    public void Write(double value)
    {
        if (double.IsFinite(value))
        {
            Json.WriteNumberValue(value);
        }
        else
        {
            Json.WriteStringValue(AttributeText.Of(value));
        }
    }

    public string Finish()
    {
        Json.Flush();
        return Encoding.UTF8.GetString(_text.WrittenSpan);
    }

    public void Dispose() => Json.Dispose();
}
