using System.Text.Json;
using System.Text.Json.Nodes;
using Holdfast.Events;

namespace Holdfast.BuiltIn.Rooms;

/// <summary>
/// Tells on the bus what happens in rooms and to them. All of it is marked no-retry: what others say is news and no work of ours, whatever
/// it calls itself and whatever it carries.
/// </summary>
/// <param name="turned">Called when a room has come or gone.</param>
internal sealed class RoomNews(IEventBus bus, Action turned)
{
    public const string EventPrefix = "room.event.";

    public void Joined(string room) => Tell("room.joined", room, reason: null);

    public void Lost(string room, string reason) => Tell("room.lost", room, reason);

    public void GivenUp(string room, string reason) => Tell("room.given_up", room, reason);

    public void Turned() => turned();

    public PublishResult Happened(RoomEvent happened, bool isCommand)
    {
        var said = happened is { User: not null, Text: not null };
        return bus.Publish(EventPrefix + happened.Type, happened, new EventMetadata
        {
            Priority = said ? EventPriority.High : EventPriority.Normal,
            NoRetry = true,
            Tags = [EventMarks.Outside, EventMarks.OfRoom(happened.Room), .. Marks(happened, isCommand)],
        });
    }

    private static IEnumerable<string> Marks(RoomEvent happened, bool isCommand)
    {
        if (happened.IsOwn)
        {
            yield return EventMarks.Own;
        }

        if (isCommand)
        {
            yield return EventMarks.Command;
        }
    }

    private void Tell(string type, string room, string? reason) => bus.Publish(
        type,
        JsonSerializer.SerializeToElement(new JsonObject { ["room"] = room, ["reason"] = reason }),
        new EventMetadata { Priority = EventPriority.High, NoRetry = true, Tags = [EventMarks.OfRoom(room)] });
}
