using System.Text.Json;

namespace Holdfast.Realtime.Wire;

/// <summary>The two forms that messages have on the wire. A reader takes what clients send and nothing else, whatever the bytes.</summary>
internal abstract class PhoenixSerializer
{
    /// <summary>Bytes that topics, events and references may have: a binary frame has one byte for the length of each.</summary>
    public const int NameBytesMax = byte.MaxValue;

    /// <summary>Objects, and text only.</summary>
    public static readonly PhoenixSerializer V1 = new PhoenixV1();

    /// <summary>Arrays, and binary frames for broadcasts.</summary>
    public static readonly PhoenixSerializer V2 = new PhoenixV2();

    // Escaping anything beyond what JSON asks for would cost space, and frames would not be those of other servers.
    private protected static readonly JsonWriterOptions Unescaped = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    /// <summary>The serializer of a version as a client names it; null: there is none. A client that names none speaks the first.</summary>
    public static PhoenixSerializer? Of(string? version) => version switch
    {
        null or "" => V1,
        _ when IsOf(version, "1.0.") => V1,
        _ when IsOf(version, "2.0.") => V2,
        _ => null,
    };

    /// <summary>Reads a frame; null: it is malformed, and is to be passed over.</summary>
    public abstract ClientMessage? Read(ReadOnlyMemory<byte> frame, bool binary);

    public abstract RealtimeFrame Write(in ServerMessage message);

    /// <summary>Writes a broadcast to those who listen; null: it cannot be told in this form.</summary>
    /// <param name="meta">A JSON object; empty: none.</param>
    public abstract RealtimeFrame? Write(string topic, UserBroadcast broadcast, ReadOnlySpan<byte> meta);

    private static bool IsOf(string version, string prefix) =>
        version.Length is > 4 and < 10 && version.StartsWith(prefix, StringComparison.Ordinal) && version.AsSpan(prefix.Length).IndexOfAnyExceptInRange('0', '9') < 0;
}
