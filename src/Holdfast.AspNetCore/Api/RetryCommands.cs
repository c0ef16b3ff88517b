using System.Text;
using System.Text.Json.Nodes;
using Holdfast.AspNetCore.Security;
using Holdfast.Pipeline;
using Holdfast.Retries;
using Microsoft.AspNetCore.Http;

namespace Holdfast.AspNetCore.Api;

/// <summary>What an operator does to single items of the queue: requeue, cancel, dead-letter, edit. Each is audited.</summary>
/// <param name="allowsOutside">Whether operations of a type may come from outside the process.</param>
internal sealed class RetryCommands(IRetryStore store, StoreState state, RetryDesk desk, Func<string, bool> allowsOutside)
{
    private const int CommandBytesMax = 16 << 10;

    // A payload of 1 MiB, each of its characters escaped.
    private const int EditBytesMax = 6 << 20;

    /// <summary><c>POST /api/retries/{id}/requeue</c></summary>
    public Task RequeueAsync(HttpContext context) => ChangeAsync(context, "requeued", desk.RequeueAsync);

    /// <summary><c>POST /api/retries/{id}/cancel</c></summary>
    public Task CancelAsync(HttpContext context) => ChangeAsync(context, "cancelled", desk.CancelAsync);

    /// <summary><c>POST /api/retries/{id}/dead-letter</c></summary>
    public Task DeadLetterAsync(HttpContext context) => ChangeAsync(context, "dead-lettered", desk.DeadLetterAsync);

    /// <summary><c>PATCH /api/retries/{id}</c></summary>
    public async Task EditAsync(HttpContext context)
    {
        if (await ReadAsync(context, EditBytesMax, fields => ReadEdit(context.Request, fields)) is not { } asked || await RetriesApi.FindAsync(context, store) is not { } item)
        {
            return;
        }

        if (!allowsOutside(item.What.OperationType) && !context.May(Permission.InternalOperations))
        {
            await Problem.WriteAsync(
                context, StatusCodes.Status403Forbidden, "That is not allowed to you.",
                $"Operations of the type {item.What.OperationType} may not come from outside, so their payload may not either. These may change it: {Permissions.RolesOf(Permission.InternalOperations)}. It can be put back or cancelled as it is.");
            return;
        }

        var payload = Encoding.UTF8.GetBytes(asked.Payload?.ToJsonString() ?? "null");
        if (RetryPayload.FaultOf(payload) is { } fault)
        {
            await Problem.WriteAsync(
                context, StatusCodes.Status422UnprocessableEntity, "The payload has faults; nothing was changed.", errors: [new EventError("payload", "payload", fault)]);
            return;
        }

        var change = asked.Versions?.Contains(item.Version) == false
            ? new RetryChange(RetryChangeResult.Changed, item)
            : await desk.EditAsync(item, payload, asked.Act, context.RequestAborted);
        await AnswerAsync(context, "edited", change);
    }

    private async Task ChangeAsync(HttpContext context, string done, Func<Guid, Act, CancellationToken, Task<RetryChange>> changeAsync)
    {
        if (await ReadAsync(context, CommandBytesMax, fields => new Said(fields.Act())) is { } asked && await RetriesApi.FindAsync(context, store) is { } item)
        {
            await AnswerAsync(context, done, await changeAsync(item.Id, asked.Act, context.RequestAborted));
        }
    }

    private static Task AnswerAsync(HttpContext context, string done, RetryChange change)
    {
        if (change.Item is { } now)
        {
            EntityVersion.WriteTag(context.Response, now.Version);
        }

        return WriteAsync(context, done, change);
    }

    private static Task WriteAsync(HttpContext context, string done, RetryChange change) => change switch
    {
        { Result: RetryChangeResult.Done, Item: { } item } => Answer.JsonAsync(context, json => RetryJson.Write(json, item)),
        { Result: RetryChangeResult.WrongState, Item: { } item } => Problem.WriteAsync(
            context, StatusCodes.Status409Conflict, $"The retry cannot be {done}.", $"It is {RetryJson.NameOf(item.Status)}."),
        { Result: RetryChangeResult.Duplicate } => Problem.WriteAsync(
            context, StatusCodes.Status409Conflict, $"The retry cannot be {done}.", "Another unfinished item has its correlation id: finish or cancel that one first."),
        { Result: RetryChangeResult.Changed, Item: { } item } => Problem.WriteAsync(
            context, StatusCodes.Status412PreconditionFailed, $"The retry cannot be {done}: somebody else has edited it since you read it.",
            $"Nothing was changed. It is version {item.Version} now: read it again, put your change into what is there, and send it with If-Match: {EntityVersion.TagOf(item.Version)}.",
            more: json => json.WriteNumber("version"u8, item.Version)),
        _ => Problem.WriteAsync(context, StatusCodes.Status404NotFound, "There is no such retry.", "It has just been deleted."),
    };

    private static Edit ReadEdit(HttpRequest request, BodyFields fields)
    {
        var versions = OperatorBody.ReadIfMatch(request, fields);
        return new Edit(fields.Required("payload"), versions, fields.Act());
    }

    private Task<T?> ReadAsync<T>(HttpContext context, int bytesMax, Func<BodyFields, T> read)
        where T : class =>
        OperatorBody.ReadAsync(context, state, bytesMax, read);

    private sealed record Edit(JsonNode? Payload, IReadOnlyList<int>? Versions, Act Act);

    private sealed record Said(Act Act);
}
