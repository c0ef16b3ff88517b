using Holdfast.Pipeline;
using Holdfast.Retries;
using Microsoft.AspNetCore.Http;

namespace Holdfast.AspNetCore.Api;

/// <summary>Looks at the queue of failed operations: list, one, statistics, alerts, groups.</summary>
internal sealed class RetriesApi(IRetryStore store, UnhandledTypes unhandled, StoreState state, TimeProvider time)
{
    private const int AlertsMax = 200;

    private readonly LastKnown<IReadOnlyList<RetryCount>> _counts = new(state, time);
    private readonly LastKnown<IReadOnlyList<RetryAlert>> _alerts = new(state, time);

    /// <summary><c>GET /api/retries</c></summary>
    public async Task ListAsync(HttpContext context)
    {
        if (await QueryReader.ReadAsync(context, RetryQueries.ReadPage) is { } query && await StoreGate.OpenAsync(context, state))
        {
            var page = await store.ListAsync(query, context.RequestAborted);
            await Answer.ItemsAsync(
                context, page.Items, RetryJson.Write, json => json.WriteString("next_cursor"u8, page.Next is { } next ? RetryQueries.EncodeCursor(next) : null));
        }
    }

    /// <summary><c>GET /api/retries/{id}</c></summary>
    public async Task GetAsync(HttpContext context)
    {
        if (await StoreGate.OpenAsync(context, state) && await FindAsync(context, store) is { } item)
        {
            var history = await store.ReadHistoryAsync(item.Id, context.RequestAborted);
            EntityVersion.WriteTag(context.Response, item.Version);
            await Answer.JsonAsync(context, json => RetryJson.Write(json, item, history));
        }
    }

    /// <summary><c>GET /api/retries/stats</c></summary>
    public async Task StatsAsync(HttpContext context)
    {
        if (await _counts.ReadAsync(context, store.CountAsync) is { Value: var counts } known)
        {
            await Answer.ItemsAsync(context, counts, RetryJson.Write, json =>
            {
                known.WriteAge(json);
                json.WriteStartObject("totals"u8);
                foreach (var (name, status) in RetryJson.Statuses)
                {
                    json.WriteNumber(name, counts.Where(count => count.Status == status).Sum(count => count.Items));
                }

                json.WriteEndObject();
            });
        }
    }

    /// <summary><c>GET /api/retries/alerts</c></summary>
    public async Task AlertsAsync(HttpContext context)
    {
        if (await _alerts.ReadAsync(context, ReadAlertsAsync) is { } known)
        {
            await Answer.ItemsAsync(context, known.Value, RetryJson.Write, known.WriteAge);
        }
    }

    /// <summary><c>GET /api/retries/groups</c></summary>
    public async Task GroupsAsync(HttpContext context)
    {
        var asked = await QueryReader.ReadAsync(context, reader => new RetryQuery { Filter = RetryQueries.ReadFilter(reader), Limit = reader.Int("limit", 100, 1, 500) });
        if (asked is not null && await StoreGate.OpenAsync(context, state))
        {
            var groups = await store.GroupAsync(asked.Filter, asked.Limit, context.RequestAborted);
            await Answer.ItemsAsync(context, groups, RetryJson.Write, _ => { });
        }
    }

    private async ValueTask<IReadOnlyList<RetryAlert>> ReadAlertsAsync(CancellationToken cancellationToken)
    {
        var ofTypes = unhandled.Find(await store.CountAsync(cancellationToken));
        return [.. ofTypes, .. await store.ReadAlertsAsync(AlertsMax - ofTypes.Count, cancellationToken)];
    }

    /// <summary>The item that the path names; null when there is none and that was answered.</summary>
    public static async Task<RetryItem?> FindAsync(HttpContext context, IRetryStore store)
    {
        var item = Guid.TryParseExact((string?)context.Request.RouteValues["id"], "D", out var id) ? await store.GetAsync(id, context.RequestAborted) : null;
        if (item is null)
        {
            await Problem.WriteAsync(
                context, StatusCodes.Status404NotFound, "There is no such retry.", "Its history was deleted after its time, or it was never there. GET api/retries lists those there are.");
        }

        return item;
    }
}
