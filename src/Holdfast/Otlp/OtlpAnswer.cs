using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Holdfast.Pipeline;

namespace Holdfast.Otlp;

/// <summary>Codes of google.rpc.Status, as far as they are used.</summary>
internal enum OtlpCode
{
    InvalidArgument = 3,
    DeadlineExceeded = 4,
    ResourceExhausted = 8,
    Unavailable = 14,
}

/// <summary>Writes answers in the encoding of the request. Pure.</summary>
internal static class OtlpAnswer
{
    private const byte PartialSuccess = (1 << 3) | (byte)ProtobufReader.Bytes;
    private const byte RejectedDataPoints = (1 << 3) | (byte)ProtobufReader.Varint;
    private const byte Code = (1 << 3) | (byte)ProtobufReader.Varint;
    private const byte Message = (2 << 3) | (byte)ProtobufReader.Bytes;

    public static string ContentTypeOf(OtlpEncoding encoding) => encoding == OtlpEncoding.Json ? "application/json" : "application/x-protobuf";

    /// <summary>An ExportMetricsServiceResponse. Without a rejected point it is empty, which says that all is well.</summary>
    public static byte[] OfResult(OtlpResult result, OtlpEncoding encoding) => encoding == OtlpEncoding.Json ? ResultJson(result) : ResultProtobuf(result);

    /// <summary>A google.rpc.Status.</summary>
    public static byte[] OfStatus(OtlpCode code, string message, OtlpEncoding encoding) =>
        encoding == OtlpEncoding.Json
            ? Json(json =>
            {
                json.WriteNumber("code"u8, (int)code);
                json.WriteString("message"u8, message);
            })
            : NumberAndText(Code, (ulong)code, message);

    private static byte[] ResultJson(OtlpResult result) => Json(json =>
    {
        if (result.RejectedPoints > 0)
        {
            json.WriteStartObject("partialSuccess"u8);
            json.WriteString("rejectedDataPoints"u8, result.RejectedPoints.ToString(CultureInfo.InvariantCulture));
            json.WriteString("errorMessage"u8, result.Message);
            json.WriteEndObject();
        }
    });

    private static byte[] ResultProtobuf(OtlpResult result)
    {
        if (result.RejectedPoints == 0)
        {
            return [];
        }

        var inner = NumberAndText(RejectedDataPoints, (ulong)result.RejectedPoints, result.Message);
        using var buffer = new PooledBuffer(inner.Length + 8);
        WriteBytes(buffer, PartialSuccess, inner);
        return buffer.TakeArray();
    }

    /// <summary>Both messages are a number and, as field 2, a text.</summary>
    private static byte[] NumberAndText(byte numberTag, ulong number, string text)
    {
        using var buffer = new PooledBuffer(64 + text.Length);
        buffer.Append(numberTag);
        buffer.Advance(Varint.Write(buffer.GetSpan(5), (uint)Math.Min(number, uint.MaxValue)));
        WriteBytes(buffer, Message, Encoding.UTF8.GetBytes(text));
        return buffer.TakeArray();
    }

    private static void WriteBytes(PooledBuffer buffer, byte tag, ReadOnlySpan<byte> bytes)
    {
        buffer.Append(tag);
        buffer.Advance(Varint.WriteBytes(buffer.GetSpan(5 + bytes.Length), bytes));
    }

    private static byte[] Json(Action<Utf8JsonWriter> writeMembers)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using var json = new Utf8JsonWriter(buffer);
        json.WriteStartObject();
        writeMembers(json);
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenSpan.ToArray();
    }
}
