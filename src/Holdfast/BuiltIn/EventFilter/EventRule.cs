using System.Text.Json.Nodes;
using Holdfast.BuiltIn.Rooms;
using Holdfast.Events;
using Holdfast.Retries;

namespace Holdfast.BuiltIn.EventFilter;

/// <summary>Where events of the bus go beside their subscribers.</summary>
/// <param name="Name">Unique among the rules.</param>
/// <param name="Pattern">Types of events; <c>*</c> stands for any run of characters.</param>
/// <param name="Condition">What the data must say; null: anything.</param>
/// <param name="Destination">Where they go.</param>
internal sealed record EventRule(string Name, string Pattern, EventCondition? Condition, EventDestination Destination, bool Enabled)
{
    /// <summary>What is said in a room; see <see cref="RuleText"/>. Null: the type and the data.</summary>
    public string? Text { get; init; }

    /// <summary>
    /// What was routed once is not routed again, and what is said of routing is not routed: two rules cannot feed each other for ever.
    /// </summary>
    public bool Takes(BusEvent happened) =>
        !happened.Tags.Contains(EventMarks.Routed)
        && !happened.Type.StartsWith("eventfilter.", StringComparison.Ordinal)
        && (Destination.Room is not { } room || !WouldCircle(room, happened))
        && (Condition is not { } condition || condition.Holds(EventData.Of(happened.Data)));

    // A room hears what is said in it, and the queue tells what became of what could not be said: neither is said in a room again.
    private static bool WouldCircle(string room, BusEvent happened) =>
        happened.Tags.Contains(EventMarks.Own)
        || happened.Tags.Contains(EventMarks.OfRoom(room))
        || happened.Data is SettledRetry { OperationType: RoomMessageHandler.Type };
}

/// <summary>One member of the data has one value.</summary>
/// <param name="Field">Names from the outside in, with dots: <c>order.state</c>.</param>
/// <param name="EqualsJson">A text, a number, true, false or null, as JSON.</param>
internal sealed record EventCondition(string Field, string EqualsJson)
{
    public bool Holds(JsonObject data) => EventData.TryFind(data, Field, out var value) && JsonNode.DeepEquals(value, JsonNode.Parse(EqualsJson));
}

/// <summary>Where an event goes. On the wire <c>record</c>, <c>publish:</c> and a type, <c>room:</c> and a room, or <c>pm:</c>, a room, <c>/</c> and a user.</summary>
/// <param name="PublishAs">On the bus, under this type.</param>
/// <param name="Room">Said in this room.</param>
/// <param name="User">And there to this user alone. With none of the three it goes into the record, where it is durable.</param>
internal sealed record EventDestination(string? PublishAs, string? Room = null, string? User = null)
{
    private const string Record = "record";
    private const string Publish = "publish:";
    private const string ToRoom = "room:";
    private const string ToUser = "pm:";

    private const int NameCharsMax = 100;

    /// <summary>Null: it is none.</summary>
    public static EventDestination? Parse(string text) =>
        text == Record ? new EventDestination(PublishAs: null)
        : Rest(text, Publish) is { } type ? IsType(type) ? new EventDestination(type) : null
        : Rest(text, ToRoom) is { } room ? IsName(room) ? new EventDestination(null, room) : null
        : Rest(text, ToUser)?.Split('/', 2) is [var where, var who] && IsName(where) && IsName(who) ? new EventDestination(null, where, who)
        : null;

    public override string ToString() => this switch
    {
        { User: { } user } => $"{ToUser}{Room}/{user}",
        { Room: { } room } => ToRoom + room,
        { PublishAs: { } type } => Publish + type,
        _ => Record,
    };

    private static string? Rest(string text, string prefix) => text.StartsWith(prefix, StringComparison.Ordinal) ? text[prefix.Length..] : null;

    private static bool IsType(string text) => text.Length is >= 1 and <= EventPattern.CharactersMax && !text.Contains('*') && !text.Any(char.IsControl);

    private static bool IsName(string text) => text.Length is >= 1 and <= NameCharsMax && !text.Any(char.IsControl);
}
