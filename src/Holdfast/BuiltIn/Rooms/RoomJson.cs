using System.Text.Json;

namespace Holdfast.BuiltIn.Rooms;

/// <summary>A room as JSON, without anything secret.</summary>
internal static class RoomJson
{
    public static void Write(Utf8JsonWriter json, RoomSnapshot room)
    {
        var now = room.Standing;
        json.WriteStartObject();
        json.WriteString("name"u8, room.Options.Name);
        json.WriteString("url"u8, room.Options.ShownUrl);
        json.WriteString("protocol"u8, NameOf(room.Options.Protocol));
        json.WriteBoolean("enabled"u8, room.Options.Enabled);
        json.WriteString("state"u8, NameOf(now.State));
        json.WriteString("since"u8, now.Since.UtcDateTime);
        json.WriteNumber("attempts"u8, now.Attempts);
        WriteInstant(json, "next_attempt_at", now.NextAttemptAt);
        json.WriteString("last_error"u8, now.LastError);
        WriteInstant(json, "last_error_at", now.LastErrorAt);
        WriteCounts(json, room.Counters);
        json.WriteEndObject();
    }

    private static string NameOf(RoomState state) => state switch
    {
        RoomState.Disconnected => "disconnected",
        RoomState.Connecting => "connecting",
        RoomState.Joined => "joined",
        RoomState.Waiting => "waiting",
        _ => throw new ArgumentOutOfRangeException(nameof(state), state, "Not a state."),
    };

    private static string NameOf(RoomProtocolKind protocol) => protocol == RoomProtocolKind.Holdfast ? "holdfast" : "json";

    private static void WriteCounts(Utf8JsonWriter json, RoomCounters counters)
    {
        json.WriteStartObject("counts"u8);
        json.WriteNumber("joins"u8, counters.Joins);
        json.WriteNumber("losses"u8, counters.Losses);
        json.WriteNumber("received"u8, counters.Received);
        json.WriteNumber("sent"u8, counters.Sent);
        json.WriteNumber("refused"u8, counters.Refused);
        json.WriteNumber("unreadable"u8, counters.Unreadable);
        json.WriteNumber("too_large"u8, counters.TooLarge);
        json.WriteNumber("bus_full"u8, counters.Undelivered);
        json.WriteEndObject();
    }

    private static void WriteInstant(Utf8JsonWriter json, string name, DateTimeOffset? at)
    {
        if (at is { } instant)
        {
            json.WriteString(name, instant.UtcDateTime);
        }
        else
        {
            json.WriteNull(name);
        }
    }
}
