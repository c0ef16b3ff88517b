using System.Text.Json;

namespace Holdfast.BuiltIn.Rooms;

/// <summary>
/// The live stream of another Holdfast: its events, each once and in their order. A new connection begins where the last one ended; what is
/// not known there any more is told as <c>gap</c>. The place is kept in memory: after a start it begins with what happens then.
/// </summary>
internal sealed class HoldfastRoomProtocol(RoomOptions options) : RoomProtocol
{
    public const string GapType = "gap";

    // What such an event tells came from a room there, and may come from here: it would go in circles.
    private const string PassedOn = "room.event.";

    private static readonly RoomStep Hello = new("greeting", Send: null, new FrameMatch([(new FramePath("0"), JsonSerializer.SerializeToElement("h"))]));

    private string? _cursor;

    public override Uri Address => _cursor is null ? options.Url : new UriBuilder(options.Url) { Query = $"{options.Url.Query.TrimStart('?')}&since={Uri.EscapeDataString(_cursor)}".TrimStart('&') }.Uri;

    public override IReadOnlyList<RoomStep> Greeting { get; } = [Hello];

    public override string? TypeOf(JsonElement frame) =>
        frame.ValueKind == JsonValueKind.Array && frame.GetArrayLength() > 1 && frame[0].ValueKind == JsonValueKind.String ? frame[0].GetString() : null;

    public override IReadOnlyList<RoomEvent> Read(JsonElement frame)
    {
        switch (TypeOf(frame))
        {
            case "h":
                _cursor ??= new FramePath("1.cursor").TextIn(frame);
                return [];
            case "e" when frame.GetArrayLength() == 3 && frame[2].ValueKind == JsonValueKind.Array:
                _cursor = frame[1].ValueKind == JsonValueKind.String ? frame[1].GetString() : _cursor;
                return [.. frame[2].EnumerateArray().Select(one => Of(EventType(one), one)).Where(one => !one.Type.StartsWith(PassedOn, StringComparison.Ordinal))];
            case "g":
                return [Of(GapType, frame[1])];
            default:
                return []; // readings, snapshots and signs of life are for pages
        }
    }

    public override byte[] Write(RoomMessage message) =>
        throw new RoomRefusedException(RoomRefusedException.Validation, $"The room '{options.Name}' is a live stream and takes no messages.");

    private static string? EventType(JsonElement happened) => new FramePath("event_type").TextIn(happened);

    private RoomEvent Of(string? type, JsonElement frame) => new() { Room = options.Name, Type = Usable(type), Frame = frame };
}
