using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;

namespace Holdfast.Realtime.Wire;

/// <summary>
/// Live frames within broadcasts: the event <c>frame</c>, whose payload is <c>{"frame": [...]}</c>. A frame that goes to many is put into its
/// envelope once for each serializer.
/// </summary>
internal sealed class LiveBroadcast(string topic)
{
    private const string Event = "frame";

    private static readonly byte[] Before = """{"frame":"""u8.ToArray();
    private static readonly byte[] After = "}"u8.ToArray();

    // By the frame itself, which is one array for all who get it, and forgotten with it.
    private readonly ConditionalWeakTable<byte[], SharedMessage> _enveloped = [];

    /// <summary>A frame of the server, to be sent.</summary>
    public SharedMessage Of(byte[] frame) => _enveloped.GetValue(frame, one => SharedMessage.Of(topic, Payload(one)));

    /// <summary>A frame of the client; null: it is none.</summary>
    public static ReadOnlyMemory<byte>? FrameOf(UserBroadcast broadcast)
    {
        if (!broadcast.IsJson || broadcast.Event != Event)
        {
            return null;
        }

        using var document = JsonDocument.Parse(broadcast.Payload);
        return document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty("frame", out var frame)
            ? Encoding.UTF8.GetBytes(frame.GetRawText())
            : null;
    }

    /// <summary>What a message to the topic has to be, whatever way it goes.</summary>
    public static UserBroadcast Payload(byte[] frame) => new(Event, (byte[])[.. Before, .. frame, .. After], IsJson: true);
}
