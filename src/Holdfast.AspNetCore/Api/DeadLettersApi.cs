using System.Globalization;
using Holdfast.Pipeline;
using Holdfast.Pipeline.DeadLetters;
using Microsoft.AspNetCore.Http;

namespace Holdfast.AspNetCore.Api;

/// <summary>Looks at dead letters: list, one, groups, export.</summary>
internal sealed class DeadLettersApi(ITelemetryStore store, StoreState state, TimeProvider time)
{
    private const int ExportPage = 100;

    private readonly IDeadLetterStore _letters = store.DeadLetters;

    /// <summary><c>GET /api/dead-letters</c></summary>
    public async Task ListAsync(HttpContext context)
    {
        if (await QueryReader.ReadAsync(context, DeadLetterQueries.ReadPage) is { } query && await StoreGate.OpenAsync(context, state))
        {
            var page = await _letters.ListAsync(query, context.RequestAborted);
            await Answer.ItemsAsync(
                context, page.Items, DeadLetterJson.Write, json => json.WriteString("next_cursor"u8, page.Next is { } next ? DeadLetterQueries.EncodeCursor(next) : null));
        }
    }

    /// <summary><c>GET /api/dead-letters/{id}</c></summary>
    public async Task GetAsync(HttpContext context)
    {
        if (await StoreGate.OpenAsync(context, state) && await FindAsync(context, _letters) is { } letter)
        {
            EntityVersion.WriteTag(context.Response, letter.Version);
            await Answer.JsonAsync(context, json => DeadLetterJson.WriteWhole(json, letter));
        }
    }

    /// <summary><c>GET /api/dead-letters/groups</c></summary>
    public async Task GroupsAsync(HttpContext context)
    {
        var asked = await QueryReader.ReadAsync(context, reader => new DeadLetterQuery { Filter = DeadLetterQueries.ReadFilter(reader), Limit = reader.Int("limit", 100, 1, 500) });
        if (asked is null || !await StoreGate.OpenAsync(context, state))
        {
            return;
        }

        var groups = await _letters.GroupAsync(asked.Filter, asked.Limit, context.RequestAborted);
        var totals = await _letters.CountAsync(context.RequestAborted);
        await Answer.ItemsAsync(context, groups, DeadLetterJson.Write, json =>
        {
            json.WriteNull("next_cursor"u8);
            json.WritePropertyName("totals"u8);
            DeadLetterJson.Write(json, totals);
        });
    }

    /// <summary>
    /// <c>GET /api/dead-letters/export</c>: sent page by page, so that memory is bounded by a page. A store that goes away half-way breaks the
    /// connection off: half an export must not look like a whole one.
    /// </summary>
    public async Task ExportAsync(HttpContext context)
    {
        if (await QueryReader.ReadAsync(context, DeadLetterQueries.ReadFilter) is not { } filter || !await StoreGate.OpenAsync(context, state))
        {
            return;
        }

        await Download.SendAsync(context, () => SendAsync(context, new DeadLetterQuery { Filter = filter, Limit = ExportPage }));
    }

    private async Task SendAsync(HttpContext context, DeadLetterQuery query)
    {
        var page = await _letters.ListAsync(query, context.RequestAborted);
        Answer.BeginLines(context, "dead-letters", time.GetUtcNow());
        await Answer.LinesAsync(context, page.Items, DeadLetterJson.Write);
        while (page.Next is { } next)
        {
            page = await _letters.ListAsync(query with { BeforeId = next }, context.RequestAborted);
            await Answer.LinesAsync(context, page.Items, DeadLetterJson.Write);
        }
    }

    /// <summary>The letter that the path names; null when there is none and that was answered.</summary>
    public static async Task<DeadLetter?> FindAsync(HttpContext context, IDeadLetterStore letters)
    {
        var letter = IdOf(context) is { } id ? await letters.GetAsync(id, context.RequestAborted) : null;
        if (letter is null)
        {
            await Problem.WriteAsync(context, StatusCodes.Status404NotFound, "There is no such dead letter.", "It was purged, or never there. GET api/dead-letters lists those there are.");
        }

        return letter;
    }

    private static long? IdOf(HttpContext context) =>
        long.TryParse((string?)context.Request.RouteValues["id"], NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : null;
}
