using System.Text.Json;
using Holdfast.BuiltIn.Commands;

namespace Holdfast.BuiltIn.Rooms;

/// <summary>
/// Something that happened in a room; the data of <c>room.event.&lt;type&gt;</c> on the bus. It comes from outside: anybody may have said it.
/// </summary>
public sealed record RoomEvent
{
    /// <summary>The name of the room in the settings.</summary>
    public required string Room { get; init; }

    /// <summary>What happened, as the room calls it; <c>unknown</c> where it does not say.</summary>
    public required string Type { get; init; }

    /// <summary>The whole frame; of another Holdfast the event.</summary>
    public JsonElement Frame { get; init; }

    /// <summary>Who it is about; null: nobody.</summary>
    public string? User { get; init; }

    /// <summary>What they said; null: nothing.</summary>
    public string? Text { get; init; }

    /// <summary>When, as the room says; null: it does not.</summary>
    public DateTimeOffset? SaidAt { get; init; }

    /// <summary>Nobody else in the room can see it.</summary>
    public bool IsPrivate { get; init; }

    /// <summary>An answer is for the user alone: they asked so, or the settings say so.</summary>
    public bool IsAnsweredInPrivate { get; init; }

    /// <summary>This server itself said it.</summary>
    public bool IsOwn { get; init; }

    /// <summary>What the user may do, as the settings say. Default: read.</summary>
    public CommandRole Role { get; init; }
}

/// <summary>
/// Says something in a room: <c>bus.RequestAsync("rooms", "room.send", message)</c>. It is answered when the connection has taken the message,
/// and fails at once, with <see cref="RoomRefusedException"/> inside, while the room is not joined.
/// </summary>
/// <param name="Room">The name of the room in the settings.</param>
/// <param name="Text">What is said; what is longer than the room's limit is cut off.</param>
public sealed record RoomMessage(string Room, string Text)
{
    /// <summary>To this user alone. Null: to the room.</summary>
    public string? To { get; init; }
}

/// <summary>A message was not said.</summary>
/// <param name="errorClass"><c>not_found</c>: there is no such room; <c>validation</c>: it takes no such messages; <c>unavailable</c>: not now.</param>
/// <param name="message">For people.</param>
public sealed class RoomRefusedException(string errorClass, string message) : Exception(message)
{
    /// <summary>There is no such room.</summary>
    public const string NotFound = "not_found";

    /// <summary>The room takes no such messages.</summary>
    public const string Validation = "validation";

    /// <summary>Not now: it is not joined, or too much waits already.</summary>
    public const string Unavailable = "unavailable";

    /// <summary>One of the constants.</summary>
    public string ErrorClass { get; } = errorClass;
}
