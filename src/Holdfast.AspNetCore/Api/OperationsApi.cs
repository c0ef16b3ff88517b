using Holdfast.Operations;
using Holdfast.Pipeline;
using Holdfast.Retries;
using Microsoft.AspNetCore.Http;

namespace Holdfast.AspNetCore.Api;

/// <summary>Durable operations over many items: begin, list, show, pause, resume, cancel.</summary>
internal sealed class OperationsApi(IOperationStore store, StoreState state, OperationDesk desk)
{
    private const int CommandBytesMax = 16 << 10;
    private const int ListMax = 200;
    private const double RateMax = 100_000;
    private const double StopAboveDefault = 0.5;

    /// <summary><c>POST /api/operations</c></summary>
    public async Task BeginAsync(HttpContext context)
    {
        if (await OperatorBody.ReadAsync(context, state, CommandBytesMax, fields => new Asked(ReadOrder(fields), fields.Bool("dry_run"))) is { } asked)
        {
            await (asked.DryRun ? CountAsync(context, asked.Order) : BeginAsync(context, asked.Order));
        }
    }

    /// <summary><c>GET /api/operations</c></summary>
    public async Task ListAsync(HttpContext context)
    {
        if (await StoreGate.OpenAsync(context, state))
        {
            await Answer.ItemsAsync(context, await store.ListAsync(ListMax, context.RequestAborted), OperationJson.Write, _ => { });
        }
    }

    /// <summary><c>GET /api/operations/{id}</c></summary>
    public async Task GetAsync(HttpContext context)
    {
        if (!await StoreGate.OpenAsync(context, state))
        {
            return;
        }

        if (IdOf(context) is { } id && await desk.FindAsync(id, context.RequestAborted) is { } operation)
        {
            await Answer.JsonAsync(context, json => OperationJson.Write(json, operation));
        }
        else
        {
            await RefuseUnknownAsync(context);
        }
    }

    /// <summary><c>POST /api/operations/{id}/pause</c></summary>
    public Task PauseAsync(HttpContext context) => ChangeAsync(context, "paused", desk.PauseAsync);

    /// <summary><c>POST /api/operations/{id}/resume</c></summary>
    public Task ResumeAsync(HttpContext context) => ChangeAsync(context, "resumed", desk.ResumeAsync);

    /// <summary><c>POST /api/operations/{id}/cancel</c></summary>
    public Task CancelAsync(HttpContext context) => ChangeAsync(context, "cancelled", desk.CancelAsync);

    private async Task BeginAsync(HttpContext context, OperationOrder order)
    {
        var operation = await desk.BeginAsync(order, context.RequestAborted);
        context.Response.Headers.Location = $"{context.Request.PathBase}{context.Request.Path}/{operation.Id}";
        await Answer.JsonAsync(context, json => OperationJson.Write(json, operation), StatusCodes.Status202Accepted);
    }

    private async Task CountAsync(HttpContext context, OperationOrder order)
    {
        var matched = await desk.CountAsync(order, context.RequestAborted);
        await Answer.JsonAsync(context, json =>
        {
            json.WriteStartObject();
            json.WriteNumber("matched"u8, matched);
            json.WriteEndObject();
        });
    }

    private async Task ChangeAsync(HttpContext context, string done, Func<Guid, Act, CancellationToken, Task<OperationChange>> changeAsync)
    {
        if (await OperatorBody.ReadAsync(context, state, CommandBytesMax, fields => new Said(fields.Act())) is not { } asked)
        {
            return;
        }

        var change = IdOf(context) is { } id ? await changeAsync(id, asked.Act, context.RequestAborted) : new OperationChange(null, Done: false);
        await (change switch
        {
            { Done: true, Operation: { } operation } => Answer.JsonAsync(context, json => OperationJson.Write(json, operation)),
            { Operation: { } operation } => Problem.WriteAsync(
                context, StatusCodes.Status409Conflict, $"The operation cannot be {done}.", $"It is {OperationJson.NameOf(operation.State)}."),
            _ => RefuseUnknownAsync(context),
        });
    }

    private static OperationOrder ReadOrder(BodyFields fields)
    {
        var kind = fields.Choice("kind", OperationJson.Kinds);
        var over = fields.Choice("over", OperationJson.Overs, OperationOver.Retries);
        var filter = over == OperationOver.DeadLetters
            ? OperationFilter.Write(fields.Filter("filter", DeadLetterQueries.ReadFilter, out _))
            : OperationFilter.Write(fields.Filter("filter", RetryQueries.ReadFilter, out _));
        if ((kind, over) == (OperationKind.Cancel, OperationOver.DeadLetters))
        {
            fields.Fault("kind", "A dead letter is replayed or discarded; there is nothing to cancel.");
        }

        if ((kind, over) == (OperationKind.Cancel, OperationOver.Retries) && OperationFilter.Read<RetryFilter>(filter).Text is not null)
        {
            fields.Fault("filter.q", "What waits is found by exact keys alone: leave it out.");
        }

        return new OperationOrder(
            kind ?? default,
            over ?? default,
            filter,
            fields.Number("rate_per_second", 0.01, RateMax),
            fields.Bool("canary"),
            fields.Number("stop_above", 0, 1) ?? StopAboveDefault,
            fields.Act());
    }

    private static Guid? IdOf(HttpContext context) => Guid.TryParseExact((string?)context.Request.RouteValues["id"], "D", out var id) ? id : null;

    private static Task RefuseUnknownAsync(HttpContext context) =>
        Problem.WriteAsync(context, StatusCodes.Status404NotFound, "There is no such operation.", "GET api/operations lists those there are.");

    private sealed record Said(Act Act);

    /// <param name="DryRun">Only how many match is asked for.</param>
    private sealed record Asked(OperationOrder Order, bool DryRun);
}
