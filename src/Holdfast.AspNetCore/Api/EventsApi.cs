using Holdfast.Pipeline;
using Microsoft.AspNetCore.Http;

namespace Holdfast.AspNetCore.Api;

/// <summary>Stored events, newest first: a page of them, or all.</summary>
internal sealed class EventsApi(ITelemetryStore store, StoreState state, TimeProvider time)
{
    private const int ExportPage = 500;

    private static readonly Dictionary<string, EventCategory?> Categories =
        EventCategories.Names.Select((name, i) => (name, (EventCategory?)(i + 1))).ToDictionary(p => p.name, p => p.Item2);

    /// <summary><c>GET /api/events</c></summary>
    public async Task ListAsync(HttpContext context)
    {
        if (await AskedAsync(context, Read) is { } query)
        {
            var page = await store.QueryEventsAsync(query, context.RequestAborted);
            await Answer.ItemsAsync(
                context, page.Items, EventJson.Write, json => json.WriteString("next_cursor"u8, page.Next is { } next ? PageCursor.Encode(next) : null));
        }
    }

    /// <summary>
    /// <c>GET /api/export</c>: sent page by page, so that memory is bounded by a page. A store that goes away half-way breaks the connection off:
    /// half an export must not look like a whole one.
    /// </summary>
    public async Task ExportAsync(HttpContext context)
    {
        if (await AskedAsync(context, ReadFilter) is not { } filter)
        {
            return;
        }

        await Download.SendAsync(context, () => SendAsync(context, filter with { Limit = ExportPage }));
    }

    private async Task SendAsync(HttpContext context, EventQuery query)
    {
        var page = await store.QueryEventsAsync(query, context.RequestAborted);
        Answer.BeginLines(context, "events", time.GetUtcNow());
        await Answer.LinesAsync(context, page.Items, EventJson.Write);
        while (page.Next is { } next)
        {
            page = await store.QueryEventsAsync(query with { Before = next }, context.RequestAborted);
            await Answer.LinesAsync(context, page.Items, EventJson.Write);
        }
    }

    /// <summary>What is asked for; null when it has faults or the store is away, and that was answered.</summary>
    private async Task<EventQuery?> AskedAsync(HttpContext context, Func<QueryReader, EventQuery> read)
    {
        var query = await QueryReader.ReadAsync(context, read);
        return query is not null && await StoreGate.OpenAsync(context, state) ? query : null;
    }

    private static EventQuery Read(QueryReader reader) => ReadFilter(reader) with { Limit = reader.Int("limit", 100, 1, 500), Before = PageCursor.Read(reader) };

    private static EventQuery ReadFilter(QueryReader reader) => new()
    {
        EventType = reader.Text("event_type"),
        Source = reader.Text("source"),
        Category = reader.Choice("category", null, Categories),
        Since = reader.Instant("since"),
        Until = reader.Instant("until"),
        EventId = reader.Guid("event_id"),
        CorrelationId = reader.Text("correlation_id"),
        Text = reader.Text("text"),
    };
}
