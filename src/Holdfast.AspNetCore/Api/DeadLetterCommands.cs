using System.Text.Json.Nodes;
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
        if (await ReadAsync(context, EditBytesMax, ReadEdit) is not { } asked || await DeadLettersApi.FindAsync(context, _letters) is not { } letter)
        {
            return;
        }

        var result = await desk.EditAsync(letter, asked.Payload, asked.Whole, asked.Reason, context.RequestAborted);
        await (result switch
        {
            { Letter: { } edited } => Answer.JsonAsync(context, json => DeadLetterJson.WriteWhole(json, edited)),
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
        if (await ReadAsync(context, CommandBytesMax, ReadReason) is not { } asked || await DeadLettersApi.FindAsync(context, _letters) is not { } letter)
        {
            return;
        }

        var outcome = await desk.ReplayAsync(letter.Id, asked.Reason, context.RequestAborted);
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
        if (await ReadAsync(context, CommandBytesMax, ReadReason) is not { } asked || await DeadLettersApi.FindAsync(context, _letters) is not { } letter)
        {
            return;
        }

        if (!await desk.DiscardAsync(letter.Id, asked.Reason, context.RequestAborted))
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

        var purged = await desk.PurgeAsync(asked.Days, asked.Status, asked.Reason, context.RequestAborted);
        await Answer.JsonAsync(context, json =>
        {
            json.WriteStartObject();
            json.WriteNumber("purged"u8, purged.Letters);
            json.WriteNumber("rows_discarded"u8, purged.RowsDiscarded);
            json.WriteEndObject();
        });
    }

    private async Task OverManyAsync(HttpContext context, Func<BulkOrder, CancellationToken, Task<BulkResult>> workAsync)
    {
        if (await ReadAsync(context, CommandBytesMax, ReadBulk) is { } order)
        {
            var result = await workAsync(order, context.RequestAborted);
            await Answer.JsonAsync(context, json => DeadLetterJson.Write(json, result, order.DryRun));
        }
    }

    private static Said ReadReason(BodyFields fields) => new(fields.Reason());

    private static Edit ReadEdit(BodyFields fields) => new(fields.RequiredObject("original_payload"), fields.Bool("replace"), fields.Reason());

    private static BulkOrder ReadBulk(BodyFields fields)
    {
        var filter = fields.Filter("filter", DeadLetterQueries.ReadFilter, out var said);
        return new BulkOrder(filter, fields.Int("limit", 1, DeadLetterDesk.BulkMax) ?? BulkDefault, fields.Bool("dry_run"), fields.Reason(), said);
    }

    private static PurgeOrder ReadPurge(BodyFields fields)
    {
        var days = fields.Int("older_than_days", 0, DaysMax);
        if (days is null)
        {
            fields.Fault("older_than_days", $"A number of days is wanted, 0 to {DaysMax}.");
        }

        return new PurgeOrder(days ?? 0, DeadLetterQueries.ReadStatus(fields), fields.Reason());
    }

    /// <summary>What the body says; null when it has faults, or the store is away, and that was answered.</summary>
    private async Task<T?> ReadAsync<T>(HttpContext context, int bytesMax, Func<BodyFields, T> read)
        where T : class
    {
        if (await SmallBody.ReadAsync(context, bytesMax) is not { } body)
        {
            return null;
        }

        var fields = BodyFields.Parse(body);
        var asked = read(fields);
        if (fields.Errors is { Count: > 0 } errors)
        {
            await Problem.WriteAsync(context, StatusCodes.Status400BadRequest, "The body has faults.", errors: errors);
            return null;
        }

        return await StoreGate.OpenAsync(context, state) ? asked : null;
    }

    private async Task RefuseAsync(HttpContext context, string what)
    {
        if (await DeadLettersApi.FindAsync(context, _letters) is { } letter)
        {
            var why = letter.IsDoneWith ? $"It is {DeadLetterStatuses.NameOf(letter.Status)} already." : "A worker is replaying it at this moment: look again in a minute.";
            await Problem.WriteAsync(context, StatusCodes.Status409Conflict, $"The dead letter cannot be {what}.", why);
        }
    }

    private sealed record Edit(JsonObject Payload, bool Whole, string? Reason);

    private sealed record Said(string? Reason);

    private sealed record PurgeOrder(int Days, DeadLetterStatus? Status, string? Reason);
}
