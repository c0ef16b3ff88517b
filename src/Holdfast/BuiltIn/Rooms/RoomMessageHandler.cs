using System.Text.Json;
using System.Text.Json.Nodes;
using Holdfast.Retries;

namespace Holdfast.BuiltIn.Rooms;

/// <summary>
/// Says what could not be said when it was to be: the target is the room, the payload <c>{text, to?}</c>. It speaks to the room and not over
/// the bus, so an attempt that fails tells of no new failure.
/// </summary>
internal sealed class RoomMessageHandler(RoomSet rooms) : IRetryHandler
{
    public const string Type = "room_message";

    public string OperationType => Type;

    /// <summary>The operation of a message. Each has a correlation of its own: two messages of one cause are two.</summary>
    public static RetryDraft DraftOf(RoomMessage message)
    {
        var payload = new JsonObject { ["text"] = message.Text };
        if (message.To is { } to)
        {
            payload["to"] = to;
        }

        return new RetryDraft
        {
            OperationType = Type,
            Target = message.Room,
            Payload = JsonSerializer.SerializeToElement(payload),
            CorrelationId = $"{Type}/{Guid.NewGuid()}",
        };
    }

    public async Task<RetryOutcome> HandleAsync(RetryContext context, CancellationToken cancellationToken)
    {
        if (Read(context) is not { } message)
        {
            return RetryOutcome.Fail("The payload is no message: {text, to?} is wanted.");
        }

        if (!rooms.Has(message.Room))
        {
            return RetryOutcome.Retry($"There is no room '{message.Room}' on this node."); // another that shares the queue may have it
        }

        try
        {
            await rooms.SendAsync(message, cancellationToken);
            return RetryOutcome.Done;
        }
        catch (RoomRefusedException refused)
        {
            // While a room is away nothing is attempted.
            return refused.ErrorClass == RoomRefusedException.Unavailable ? RetryOutcome.Snooze(rooms.WaitOf(message.Room)) : RetryOutcome.Fail(refused.Message);
        }
    }

    private static RoomMessage? Read(RetryContext context) =>
        Text(context.Payload, "text") is { } text ? new RoomMessage(context.Target, text) { To = Text(context.Payload, "to") } : null;

    private static string? Text(JsonElement payload, string name) =>
        payload.ValueKind == JsonValueKind.Object && payload.TryGetProperty(name, out var text) && text.ValueKind == JsonValueKind.String ? text.GetString() : null;
}
