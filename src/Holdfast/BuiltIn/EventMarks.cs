namespace Holdfast.BuiltIn;

/// <summary>Words that events on the bus are marked with.</summary>
internal static class EventMarks
{
    /// <summary>A tag: it came from outside the process, where anybody may say anything.</summary>
    public const string Outside = "outside";

    /// <summary>A tag beside <see cref="Outside"/>: whoever sent it may record events, and not hand in operations.</summary>
    public const string RecordOnly = "record_only";

    /// <summary>A tag: a rule has put it where it is.</summary>
    public const string Routed = "routed";

    /// <summary>A tag: this server said it in a room, and hears itself.</summary>
    public const string Own = "own";

    /// <summary>A tag: somebody asks for a command in a room.</summary>
    public const string Command = "command";

    /// <summary>A tag: it happened in a room, or to it.</summary>
    public static string OfRoom(string room) => $"room:{room}";
}
