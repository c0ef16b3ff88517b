namespace Holdfast.Realtime.Wire;

/// <summary>A message to many: encoded once in each form, by the first of its receivers who sends it.</summary>
/// <param name="sizeBytes">About what it takes in a queue.</param>
/// <param name="encode">Null from it: the message cannot be told in that form, and is left out.</param>
internal sealed class SharedMessage(int sizeBytes, Func<PhoenixSerializer, RealtimeFrame?> encode)
{
    private readonly Lazy<RealtimeFrame?> _first = new(() => encode(PhoenixSerializer.V1));
    private readonly Lazy<RealtimeFrame?> _second = new(() => encode(PhoenixSerializer.V2));

    public int SizeBytes => sizeBytes;

    public RealtimeFrame? For(PhoenixSerializer serializer) => (serializer == PhoenixSerializer.V1 ? _first : _second).Value;

    public static SharedMessage Of(string topic, UserBroadcast broadcast, ReadOnlyMemory<byte> meta = default) =>
        new(broadcast.Payload.Length + 128, serializer => serializer.Write(topic, broadcast, meta.Span));

    public static SharedMessage Of(string topic, string name, ReadOnlyMemory<byte> payload) =>
        new(payload.Length + 128, serializer => serializer.Write(new ServerMessage(null, null, topic, name, payload)));
}
