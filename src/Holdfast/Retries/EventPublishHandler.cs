using System.Text.Json;
using System.Text.Json.Nodes;
using Holdfast.Pipeline;
using Holdfast.Spool;

namespace Holdfast.Retries;

/// <summary>
/// Records an event that could not be recorded when it happened: <c>{event_type, data?, source?, timestamp?, metadata?, category?}</c>.
/// Its id is that of the item, so that an attempt that is made twice makes one event.
/// </summary>
internal sealed class EventPublishHandler(IEventIntake intake) : IRetryHandler
{
    public string OperationType => "event_publish";

    // Whoever may enqueue may send the event itself.
    public bool AllowExternal => true;

    public async Task<RetryOutcome> HandleAsync(RetryContext context, CancellationToken cancellationToken)
    {
        try
        {
            await intake.RecordAsync(Read(context), cancellationToken);
            return RetryOutcome.Done;
        }
        catch (FormatException fault)
        {
            return RetryOutcome.Fail(fault.Message);
        }
        catch (EventRejectedException rejected)
        {
            return RetryOutcome.Fail(rejected.Message);
        }
        catch (SpoolFullException full)
        {
            // Our own want of room; no fault of the event's.
            return RetryOutcome.Snooze(full.RetryAfter);
        }
    }

    private static MonitoringEvent Read(RetryContext context)
    {
        if (context.Payload.ValueKind != JsonValueKind.Object)
        {
            throw new FormatException("The payload is no object.");
        }

        return context.Payload.EnumerateObject().Aggregate(new MonitoringEvent { EventType = context.Target, EventId = context.Id }, (read, member) => member.Name switch
        {
            "event_type" => read with { EventType = Text(member) },
            "data" => read with { Data = Object(member) },
            "source" => read with { Source = Text(member) },
            "metadata" => read with { Metadata = Object(member) },
            "category" => read with { Category = EventCategories.TryParse(Text(member), out var category) ? category : throw Wrong(member) },
            "timestamp" => read with { Timestamp = member.Value.TryGetDateTimeOffset(out var instant) ? instant : throw Wrong(member) },
            _ => throw new FormatException($"The payload has a member '{member.Name}' that no event has."),
        });
    }

    private static string Text(JsonProperty member) => member.Value.ValueKind == JsonValueKind.String ? member.Value.GetString()! : throw Wrong(member);

    private static JsonObject Object(JsonProperty member) => member.Value.ValueKind == JsonValueKind.Object ? JsonObject.Create(member.Value.Clone())! : throw Wrong(member);

    private static FormatException Wrong(JsonProperty member) => new($"'{member.Name}' is not what an event has there.");
}
