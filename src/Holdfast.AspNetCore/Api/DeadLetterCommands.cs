using Holdfast.Pipeline;
using Holdfast.Pipeline.DeadLetters;
using Microsoft.AspNetCore.Http;

namespace Holdfast.AspNetCore.Api;

/// <summary>What an operator does to dead letters: edit, replay, discard, purge. Each is audited with what it came to.</summary>
internal sealed class DeadLetterCommands(ITelemetryStore store, StoreState state, DeadLetterDesk desk)
{
    private const int CommandBytesMax = 16 << 10;

    // An event of 256 KiB, each of its characters escaped.
    private const int EditBytesMax = 2 << 20;

    private const int BulkDefault = 1_000;
    private const int DaysMax = 3_650;

    private readonly IDeadLetterStore _letters = store.DeadLetters;

    /// <summary><c>PATCH /api/dead-letters/{id}</c></summary>
    public async Task EditAsync(HttpContext context)
    {
        if (await ReadAsync(context, EditBytesMax, fields => ReadEdit(context.Request, fields)) is not { } order
            || await DeadLettersApi.FindAsync(context, _letters) is not { } letter)
        {
            return;
        }

        var result = await desk.EditAsync(letter, order, context.RequestAborted);
        await (result switch
        {
            { Letter: { } edited } => EditedAsync(context, edited),
            { Newer: { } newer } => RefuseStaleAsync(context, newer),
            { Conflict: { } conflict } => Problem.WriteAsync(context, StatusCodes.Status409Conflict, "The dead letter cannot be edited.", conflict),
            _ => Problem.WriteAsync(
                context,
                StatusCodes.Status422UnprocessableEntity,
                "The payload has faults; nothing was changed.",
                errors: [.. result.Errors.Select(error => error with { Field = $"original_payload.{error.Field}" })]),
        });
    }

    /// <summary><c>POST /api/dead-letters/{id}/replay</c></summary>
    public async Task ReplayAsync(HttpContext context)
    {
        if (await ReadAsync(context, CommandBytesMax, ReadAct) is not { } asked || await DeadLettersApi.FindAsync(context, _letters) is not { } letter)
        {
            return;
        }

        var outcome = await desk.ReplayAsync(letter.Id, asked.Act, context.RequestAborted);
        if (outcome is null or { Result: ReplayResult.Skipped })
        {
            await RefuseAsync(context, "replayed");
        }
        else if (await DeadLettersApi.FindAsync(context, _letters) is { } now)
        {
            await Answer.JsonAsync(context, json =>
            {
                json.WriteStartObject();
                json.WriteString("outcome"u8, DeadLetterDesk.NameOf(outcome.Result));
                json.WriteString("refusal"u8, outcome.Refusal?.Reason);
                json.WriteBoolean("limit_raised"u8, outcome.LimitRaised);
                json.WritePropertyName("letter"u8);
                DeadLetterJson.Write(json, now);
                json.WriteEndObject();
            });
        }
    }

    /// <summary><c>POST /api/dead-letters/{id}/discard</c></summary>
    public async Task DiscardAsync(HttpContext context)
    {
        if (await ReadAsync(context, CommandBytesMax, ReadAct) is not { } asked || await DeadLettersApi.FindAsync(context, _letters) is not { } letter)
        {
            return;
        }

        if (!await desk.DiscardAsync(letter.Id, asked.Act, context.RequestAborted))
        {
            await RefuseAsync(context, "discarded");
        }
        else if (await DeadLettersApi.FindAsync(context, _letters) is { } now)
        {
            await Answer.JsonAsync(context, json => DeadLetterJson.Write(json, now));
        }
    }

    /// <summary><c>POST /api/dead-letters/replay</c></summary>
    public Task ReplayMatchingAsync(HttpContext context) => OverManyAsync(context, desk.ReplayMatchingAsync);

    /// <summary><c>POST /api/dead-letters/discard</c></summary>
    public Task DiscardMatchingAsync(HttpContext context) => OverManyAsync(context, desk.DiscardMatchingAsync);

    /// <summary><c>POST /api/dead-letters/purge</c></summary>
    public async Task PurgeAsync(HttpContext context)
    {
        if (await ReadAsync(context, CommandBytesMax, ReadPurge) is not { } asked)
        {
            return;
        }

        if (asked.DryRun)
        {
            var (before, counts) = await desk.CountPurgeableAsync(asked.Days, asked.Status, context.RequestAborted);
            await Answer.JsonAsync(context, json => DeadLetterJson.Write(json, before, counts));
            return;
        }

        var purged = await desk.PurgeAsync(asked.Days, asked.Status, asked.Act, context.RequestAborted);
        await Answer.JsonAsync(context, json => DeadLetterJson.Write(json, purged));
    }

    private async Task OverManyAsync(HttpContext context, Func<BulkOrder, CancellationToken, Task<BulkResult>> workAsync)
    {
        if (await ReadAsync(context, CommandBytesMax, ReadBulk) is { } order)
        {
            var result = await workAsync(order, context.RequestAborted);
            await Answer.JsonAsync(context, json => DeadLetterJson.Write(json, result, order.DryRun));
        }
    }

    private static Said ReadAct(BodyFields fields) => new(fields.Act());

    private static EditOrder ReadEdit(HttpRequest request, BodyFields fields)
    {
        var versions = OperatorBody.ReadIfMatch(request, fields);
        return new EditOrder(fields.RequiredObject("original_payload"), fields.Bool("replace"), versions, fields.Act());
    }

    private static BulkOrder ReadBulk(BodyFields fields)
    {
        var filter = fields.Filter("filter", DeadLetterQueries.ReadFilter, out var said);
        return new BulkOrder(filter, fields.Int("limit", 1, DeadLetterDesk.BulkMax) ?? BulkDefault, fields.Bool("dry_run"), fields.Act(), said);
    }

    private static PurgeOrder ReadPurge(BodyFields fields)
    {
        var days = fields.Int("older_than_days", 0, DaysMax);
        if (days is null)
        {
            fields.Fault("older_than_days", $"A number of days is wanted, 0 to {DaysMax}.");
        }

        return new PurgeOrder(days ?? 0, DeadLetterQueries.ReadStatus(fields), fields.Bool("dry_run"), fields.Act());
    }

    private Task<T?> ReadAsync<T>(HttpContext context, int bytesMax, Func<BodyFields, T> read)
        where T : class =>
        OperatorBody.ReadAsync(context, state, bytesMax, read);

    private static Task EditedAsync(HttpContext context, DeadLetter edited)
    {
        EntityVersion.WriteTag(context.Response, edited.Version);
        return Answer.JsonAsync(context, json => DeadLetterJson.WriteWhole(json, edited));
    }

    /// <summary>With the version that there is now, so that whoever has looked at it can go on.</summary>
    private static Task RefuseStaleAsync(HttpContext context, DeadLetter newer)
    {
        EntityVersion.WriteTag(context.Response, newer.Version);
        return Problem.WriteAsync(
            context,
            StatusCodes.Status412PreconditionFailed,
            "Somebody else has edited the dead letter since you read it.",
            $"Nothing was changed. It is version {newer.Version} now: read it again, put your change into what is there, and send it with If-Match: {EntityVersion.TagOf(newer.Version)}.",
            more: json => json.WriteNumber("version"u8, newer.Version));
    }

    private async Task RefuseAsync(HttpContext context, string what)
    {
        if (await DeadLettersApi.FindAsync(context, _letters) is { } letter)
        {
            var why = letter.IsDoneWith ? $"It is {DeadLetterStatuses.NameOf(letter.Status)} already." : "A worker is replaying it at this moment: look again in a minute.";
            await Problem.WriteAsync(context, StatusCodes.Status409Conflict, $"The dead letter cannot be {what}.", why);
        }
    }

    private sealed record Said(Act Act);

    private sealed record PurgeOrder(int Days, DeadLetterStatus? Status, bool DryRun, Act Act);
}
