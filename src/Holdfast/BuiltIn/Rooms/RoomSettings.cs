using System.Net.WebSockets;
using System.Text.Json;
using Holdfast.BuiltIn.Commands;
using Holdfast.Resilience;

namespace Holdfast.BuiltIn.Rooms;

/// <summary>Reads the rooms of the settings: <c>{"lobby": {"url": "wss://...", ...}}</c>. No fault has a value in it: many are secret. Pure.</summary>
internal static class RoomSettings
{
    private const int RoomsMax = 50;
    private const int NameCharsMax = 64;
    private const int FrameBytesLimit = 64 << 20;
    private const double DaySeconds = 86_400;

    private static readonly TimeSpan HoldfastSilence = TimeSpan.FromSeconds(15);
    private const int HoldfastFrameBytes = 16 << 20;

    // What is said in a room of another kind has no meaning in a live stream.
    private static readonly string[] OfJsonAlone =
        ["login", "join", "user", "fields", "private", "message", "private_message", "commands", "answers", "roles", "heartbeat", "silence_types", "send_queue", "text_chars_max"];

    private static readonly string[] Known =
        ["url", "enabled", "protocol", "headers", "silence_seconds", "ping_seconds", "reconnect_seconds", "reconnect_seconds_max", "max_attempts", "frame_bytes_max", .. OfJsonAlone];

    private static readonly Dictionary<string, CommandRole> Roles = new(StringComparer.Ordinal)
    {
        ["reader"] = CommandRole.Reader,
        ["operator"] = CommandRole.Operator,
        ["admin"] = CommandRole.Admin,
    };

    /// <summary>What is wrong with the rooms, every fault of them; null: nothing.</summary>
    public static string? FaultOf(JsonElement rooms)
    {
        var faults = new List<string>();
        Read(rooms, faults);
        return faults.Count == 0 ? null : string.Join("; ", faults);
    }

    /// <summary>The rooms. Faulty ones have been refused before.</summary>
    public static IReadOnlyList<RoomOptions> Read(JsonElement rooms) => Read(rooms, []);

    private static List<RoomOptions> Read(JsonElement rooms, List<string> faults)
    {
        if (rooms.ValueKind != JsonValueKind.Object)
        {
            faults.Add("must be an object of rooms by name: {\"lobby\": {\"url\": \"wss://chat.example/socket\"}}");
            return [];
        }

        if (rooms.GetPropertyCount() > RoomsMax)
        {
            faults.Add($"must have at most {RoomsMax} rooms");
            return [];
        }

        return [.. rooms.EnumerateObject().Select(room => Read(room, faults)).OfType<RoomOptions>()];
    }

    private static RoomOptions? Read(JsonProperty room, List<string> faults)
    {
        if (!IsName(room.Name))
        {
            faults.Add($"the name of a room must be 1 to {NameCharsMax} letters, digits, - and _");
            return null;
        }

        if (room.Value.ValueKind != JsonValueKind.Object)
        {
            faults.Add($"{room.Name} must be an object");
            return null;
        }

        var reader = new RoomSettingsReader(room.Value, room.Name, faults);
        reader.Only(Known);
        var read = Read(room.Name, reader);
        Judge(read, reader);
        return read.Url is null ? null : read;
    }

    private static RoomOptions Read(string name, RoomSettingsReader reader)
    {
        var isHoldfast = reader.OneOf("protocol", "json", "json", "holdfast") == "holdfast";
        var login = reader.Step("login");
        return new RoomOptions
        {
            Name = name,
            Url = reader.Address("url")!,
            Enabled = reader.Truth("enabled", true),
            Protocol = isHoldfast ? RoomProtocolKind.Holdfast : RoomProtocolKind.Json,
            Headers = reader.Texts("headers"),
            Login = login.Step,
            LoginTexts = login.Texts,
            Join = reader.Step("join").Step,
            User = reader.Text("user"),
            Fields = reader.Paths("fields"),
            Private = reader.Match("private"),
            Message = reader.Template("message"),
            PrivateMessage = reader.Template("private_message"),
            Commands = reader.Truth("commands", true),
            AnswersInPrivate = reader.OneOf("answers", "where_asked", "where_asked", "private") == "private",
            Roles = reader.Words("roles", Roles),
            Heartbeat = reader.Heartbeat("heartbeat", DaySeconds),
            Silence = reader.Seconds("silence_seconds", 0, DaySeconds, isHoldfast ? HoldfastSilence : null),
            SilenceTypes = reader.Names("silence_types"),
            Ping = reader.Seconds("ping_seconds", 0, DaySeconds, TimeSpan.FromSeconds(5)),
            Reconnect = new BackoffSchedule(
                reader.Seconds("reconnect_seconds", 0.01, DaySeconds, TimeSpan.FromSeconds(2))!.Value, 2,
                reader.Seconds("reconnect_seconds_max", 0.01, DaySeconds, TimeSpan.FromMinutes(5))!.Value, 0.25),
            AttemptsMax = reader.Whole("max_attempts", 0, 1_000_000, 0),
            FrameBytesMax = reader.Whole("frame_bytes_max", 1_024, FrameBytesLimit, isHoldfast ? HoldfastFrameBytes : 256 << 10),
            SendQueue = reader.Whole("send_queue", 1, 10_000, 100),
            TextCharsMax = reader.Whole("text_chars_max", 20, 100_000, 2_000),
        };
    }

    private static void Judge(RoomOptions room, RoomSettingsReader reader)
    {
        if (room.Protocol == RoomProtocolKind.Holdfast)
        {
            reader.None(OfJsonAlone, "means nothing for the protocol holdfast");
        }

        reader.Fault(room.Message is { HasText: false }, "message must have {text} in one of its texts");
        reader.Fault(room.PrivateMessage is { HasText: false } or { HasTo: false }, "private_message must have {text} and {to} in its texts");
        reader.Fault(room.User is null && (room.Message ?? room.PrivateMessage) is not null, "user is missing: who speaks in a room has to recognise itself there");
        reader.Fault(room is { AnswersInPrivate: true, PrivateMessage: null }, "answers must not be private without private_message");
        reader.Fault(room is { SilenceTypes.Count: > 0, Silence: null }, "silence_types means nothing without silence_seconds");
        reader.Fault(room.Reconnect.Cap < room.Reconnect.Initial, "reconnect_seconds_max must not be below reconnect_seconds");
        foreach (var (header, value) in room.Headers)
        {
            reader.Fault(!CanBeSent(header, value), "headers must be names and values of HTTP, without those of the handshake itself");
        }
    }

    private static bool IsName(string name) => name.Length is >= 1 and <= NameCharsMax && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');

    // The framework knows best which it takes.
    private static bool CanBeSent(string header, string value)
    {
        using var socket = new ClientWebSocket();
        try
        {
            socket.Options.SetRequestHeader(header, value);
            return !value.Any(char.IsControl) && !header.StartsWith("Sec-WebSocket-", StringComparison.OrdinalIgnoreCase);
        }
        catch (Exception fault) when (fault is ArgumentException or FormatException or InvalidOperationException)
        {
            return false;
        }
    }
}
