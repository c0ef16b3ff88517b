using System.Text.Json;

namespace Holdfast.Flags;

/// <summary>Event sources that the server connects to and speaks in: section <c>rooms</c> of holdfast.json.</summary>
internal static class RoomFlags
{
    public static IReadOnlyList<FlagDefinition> All { get; } =
    [
        new(
            FlagNames.Rooms,
            FlagType.Json,
            JsonSerializer.SerializeToElement(new Dictionary<string, string>()),
            "Rooms by name, which the server connects to by WebSocket: {\"other\": {\"url\": \"ws://10.0.0.2:8080/live\", \"protocol\": \"holdfast\"}}.")
        {
            Apply = FlagApply.Start,
            Secret = true,
        },
    ];
}
