using System.Buffers.Binary;
using System.Text;
using System.Text.Json;

namespace Holdfast.Tests.Support;

/// <summary>
/// Writes an OTLP request in Protocol Buffers from its JSON form, by a table of the protocol's fields that has nothing in common with the
/// reader under test: so each test of the mapping is written once, and holds for both encodings.
/// </summary>
internal static class OtlpProtobuf
{
    private const string Times = "startTimeUnixNano 2 fixed64 | timeUnixNano 3 fixed64";
    private const string Distribution = Times + " | count 4 fixed64 | sum 5 double";

    private static readonly Dictionary<string, Dictionary<string, (int Number, string Type)>> Messages = new(StringComparer.Ordinal)
    {
        ["Request"] = Fields("resourceMetrics 1 ResourceMetrics"),
        ["ResourceMetrics"] = Fields("resource 1 Resource | scopeMetrics 2 ScopeMetrics | schemaUrl 3 text"),
        ["Resource"] = Fields("attributes 1 KeyValue"),
        ["ScopeMetrics"] = Fields("scope 1 Scope | metrics 2 Metric | schemaUrl 3 text"),
        ["Scope"] = Fields("name 1 text | version 2 text"),
        ["Metric"] = Fields("name 1 text | description 2 text | unit 3 text | gauge 5 Numbers | sum 7 Numbers | histogram 9 Histogram | exponentialHistogram 10 Exponential | summary 11 Summary"),
        ["Numbers"] = Fields("dataPoints 1 Number | aggregationTemporality 2 varint | isMonotonic 3 bool"),
        ["Number"] = Fields(Times + " | asDouble 4 double | exemplars 5 Exemplar | asInt 6 fixed64 | attributes 7 KeyValue | flags 8 varint"),
        ["Histogram"] = Fields("dataPoints 1 HistogramPoint | aggregationTemporality 2 varint"),
        ["HistogramPoint"] = Fields(Distribution + " | bucketCounts 6 fixed64s | explicitBounds 7 doubles | exemplars 8 Exemplar | attributes 9 KeyValue | flags 10 varint | min 11 double | max 12 double"),
        ["Exponential"] = Fields("dataPoints 1 ExponentialPoint | aggregationTemporality 2 varint"),
        ["ExponentialPoint"] = Fields("attributes 1 KeyValue | " + Distribution + " | scale 6 zigzag | zeroCount 7 fixed64 | positive 8 Buckets | negative 9 Buckets | flags 10 varint | min 12 double | max 13 double | zeroThreshold 14 double"),
        ["Buckets"] = Fields("offset 1 zigzag | bucketCounts 2 varints"),
        ["Summary"] = Fields("dataPoints 1 SummaryPoint"),
        ["SummaryPoint"] = Fields(Distribution + " | quantileValues 6 Quantile | attributes 7 KeyValue | flags 8 varint"),
        ["Quantile"] = Fields("quantile 1 double | value 2 double"),
        ["Exemplar"] = Fields("timeUnixNano 2 fixed64 | asDouble 3 double | traceId 5 text"),
        ["KeyValue"] = Fields("key 1 text | value 2 Value"),
        ["Value"] = Fields("stringValue 1 text | boolValue 2 bool | intValue 3 varint | doubleValue 4 double | arrayValue 5 Array | kvlistValue 6 List | bytesValue 7 base64"),
        ["Array"] = Fields("values 1 Value"),
        ["List"] = Fields("values 1 KeyValue"),
    };

    public static byte[] FromJson(string json) => Message("Request", JsonDocument.Parse(json).RootElement);

    /// <summary>A field of bytes: a text, a message, packed numbers.</summary>
    public static byte[] Field(int number, byte[] bytes) => [.. Varint(((ulong)number << 3) | 2), .. Varint((ulong)bytes.Length), .. bytes];

    public static byte[] Varint(ulong value)
    {
        var bytes = new List<byte>();
        for (; value >= 0x80; value >>= 7)
        {
            bytes.Add((byte)(value | 0x80));
        }

        bytes.Add((byte)value);
        return [.. bytes];
    }

    private static byte[] Message(string type, JsonElement value) => [.. value.EnumerateObject().SelectMany(member =>
    {
        var (number, fieldType) = Messages[type][member.Name];
        return member.Value.ValueKind != JsonValueKind.Array ? Value(number, fieldType, member.Value)
            : fieldType[0] is >= 'a' and <= 'z' ? Field(number, [.. member.Value.EnumerateArray().SelectMany(element => Plain(fieldType[..^1], element))])
            : [.. member.Value.EnumerateArray().SelectMany(element => Value(number, fieldType, element))];
    })];

    private static byte[] Value(int number, string type, JsonElement value) => type switch
    {
        "text" => Field(number, Encoding.UTF8.GetBytes(value.GetString()!)),
        "base64" => Field(number, value.GetBytesFromBase64()),
        "fixed64" or "double" => [.. Varint(((ulong)number << 3) | 1), .. Plain(type, value)],
        "varint" or "zigzag" or "bool" => [.. Varint((ulong)number << 3), .. Plain(type, value)],
        _ => Field(number, Message(type, value)),
    };

    private static byte[] Plain(string type, JsonElement value) => type switch
    {
        "fixed64" => Eight(unchecked((ulong)Whole(value))),
        "double" => Eight(BitConverter.DoubleToUInt64Bits(value.ValueKind == JsonValueKind.String ? double.Parse(value.GetString()!) : value.GetDouble())),
        "bool" => [value.GetBoolean() ? (byte)1 : (byte)0],
        "zigzag" => Varint(unchecked((uint)(((int)Whole(value) << 1) ^ ((int)Whole(value) >> 31)))),
        _ => Varint(unchecked((ulong)Whole(value))),
    };

    private static Int128 Whole(JsonElement value) => value.ValueKind == JsonValueKind.String ? Int128.Parse(value.GetString()!) : value.GetInt64();

    private static byte[] Eight(ulong value)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        return bytes;
    }

    private static Dictionary<string, (int Number, string Type)> Fields(string fields) => fields.Split(" | ").Select(field => field.Split(' '))
        .ToDictionary(words => words[0], words => (int.Parse(words[1]), words[2]), StringComparer.Ordinal);
}
