using Holdfast.Pipeline;
using Microsoft.AspNetCore.Http;

namespace Holdfast.AspNetCore.Api;

/// <summary><c>GET /api/events</c>: stored events, newest first.</summary>
internal sealed class EventsApi(ITelemetryStore store, StoreState state)
{
    private static readonly Dictionary<string, EventCategory?> Categories =
        EventCategories.Names.Select((name, i) => (name, (EventCategory?)(i + 1))).ToDictionary(p => p.name, p => p.Item2);

    public async Task ListAsync(HttpContext context)
    {
        var reader = new QueryReader(context.Request.Query);
        var query = Read(reader);
        if (reader.Errors is { Count: > 0 } errors)
        {
            await Problem.WriteAsync(context, StatusCodes.Status400BadRequest, "The query has faults.", errors: errors);
            return;
        }

        if (!await StoreGate.OpenAsync(context, state))
        {
            return;
        }

        var page = await store.QueryEventsAsync(query, context.RequestAborted);
        await Answer.ItemsAsync(
            context, page.Items, EventJson.Write, json => json.WriteString("next_cursor"u8, page.Next is { } next ? PageCursor.Encode(next) : null));
    }

    private static EventQuery Read(QueryReader reader)
    {
        (long, Guid)? before = null;
        if (reader.Text("cursor") is { } cursor)
        {
            if (PageCursor.TryDecode(cursor, out var position))
            {
                before = position;
            }
            else
            {
                reader.Fault("cursor", "Not a cursor of this list. Start again without one.");
            }
        }

        return new EventQuery
        {
            EventType = reader.Text("event_type"),
            Source = reader.Text("source"),
            Category = reader.Choice("category", null, Categories),
            Since = reader.Instant("since"),
            Until = reader.Instant("until"),
            EventId = reader.Guid("event_id"),
            CorrelationId = reader.Text("correlation_id"),
            Text = reader.Text("text"),
            Limit = reader.Int("limit", 100, 1, 500),
            Before = before,
        };
    }
}
