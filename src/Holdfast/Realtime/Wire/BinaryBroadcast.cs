using System.Text;

namespace Holdfast.Realtime.Wire;

/// <summary>
/// Broadcasts as binary frames: a byte that says the kind, a byte for the length of each name, a byte for the encoding of the payload, the
/// names, the payload. Kind 3 comes from clients, kind 4 goes to them; the official client knows no other, and throws at one.
/// </summary>
internal static class BinaryBroadcast
{
    private const byte Push = 3;
    private const byte Told = 4;
    private const byte Bytes = 0;
    private const byte Json = 1;

    private const int PushHeader = 7;
    private const int ToldHeader = 5;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Reads kind 3; null: it is another, is cut off, or its JSON is none.</summary>
    public static ClientMessage? ReadPush(ReadOnlyMemory<byte> frame)
    {
        var bytes = frame.Span;
        if (bytes.Length < PushHeader || bytes[0] != Push || bytes[6] > Json)
        {
            return null;
        }

        var ends = new int[6];
        ends[0] = PushHeader;
        for (var field = 1; field < ends.Length; field++)
        {
            ends[field] = ends[field - 1] + bytes[field];
        }

        var isJson = bytes[6] == Json;
        if (ends[5] > bytes.Length || (isJson && !PhoenixText.IsJson(bytes[ends[5]..])))
        {
            return null;
        }

        try
        {
            var meta = frame[ends[4]..ends[5]];
            return new ClientMessage(Name(frame[ends[0]..ends[1]]), Name(frame[ends[1]..ends[2]]), Name(frame[ends[2]..ends[3]]) ?? "", "broadcast", default)
            {
                Broadcast = new UserBroadcast(Name(frame[ends[3]..ends[4]]) ?? "", frame[ends[5]..], isJson) { Meta = PhoenixText.IsJson(meta.Span) ? meta : default },
            };
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }

    /// <summary>Writes kind 4.</summary>
    public static byte[] Write(string topic, UserBroadcast broadcast, ReadOnlySpan<byte> meta)
    {
        var (topicBytes, eventBytes) = (Encoding.UTF8.GetByteCount(topic), Encoding.UTF8.GetByteCount(broadcast.Event));
        var frame = new byte[ToldHeader + topicBytes + eventBytes + meta.Length + broadcast.Payload.Length];
        frame[0] = Told;
        frame[1] = checked((byte)topicBytes);
        frame[2] = checked((byte)eventBytes);
        frame[3] = checked((byte)meta.Length);
        frame[4] = broadcast.IsJson ? Json : Bytes;
        var rest = frame.AsSpan(ToldHeader);
        rest = rest[Encoding.UTF8.GetBytes(topic, rest)..];
        rest = rest[Encoding.UTF8.GetBytes(broadcast.Event, rest)..];
        meta.CopyTo(rest);
        broadcast.Payload.Span.CopyTo(rest[meta.Length..]);
        return frame;
    }

    // An absent reference is an empty one here.
    private static string? Name(ReadOnlyMemory<byte> bytes) => bytes.IsEmpty ? null : Strict.GetString(bytes.Span);
}
