using Holdfast.Access;
using Holdfast.AspNetCore.Api;
using Holdfast.AspNetCore.Security;
using Holdfast.Flags;
using Holdfast.Lifecycle;
using Holdfast.Pipeline;
using Holdfast.Retries;
using Holdfast.Spool;
using Microsoft.AspNetCore.Http;

namespace Holdfast.AspNetCore.Ingest;

/// <summary>
/// <c>POST /api/retries</c>: all items of the request are durable when this answers, or none is. Only operation types that may come from
/// outside are taken: whoever can reach this address decides what they do.
/// </summary>
internal sealed class RetriesPost(NodeParts parts, FlagManager flags, LifecycleState lifecycle, BodyReader bodies)
{
    public async Task PostAsync(HttpContext context)
    {
        if (!lifecycle.Accepting)
        {
            await Refusal.OfWorkAsync(context);
            return;
        }

        if (!context.Request.HasJsonContentType())
        {
            context.Response.Headers.Accept = "application/json";
            await Problem.WriteAsync(context, 415, "The content type is not accepted.", "Send application/json: one object, or an array.");
            return;
        }

        var bytesMax = (int)flags.GetInt(FlagNames.MaxBodyBytes);
        var (outcome, body) = await bodies.ReadAsync(context, bytesMax, context.RequestAborted);
        if (body is null)
        {
            await Refusal.OfBodyAsync(context, outcome, bytesMax);
            return;
        }

        using (body)
        {
            var read = RetryDraftJson.Read(body.Memory);
            await (read.Errors.Count > 0 ? RefuseAsync(context, read.Errors) : TakeAsync(context, read));
        }
    }

    private async Task TakeAsync(HttpContext context, RetryDrafts read)
    {
        if (read.Drafts.Select(draft => draft.OperationType).Distinct(StringComparer.Ordinal).Where(type => !parts.Retries.AllowsOutside(type)).ToList() is { Count: > 0 } refused)
        {
            await RefuseTypesAsync(context, refused);
            return;
        }

        // A shutdown waits for it: when it returns, what it accepted is durable.
        using var work = lifecycle.Enter();
        await (lifecycle.Accepting ? EnqueueAsync(context, read) : Refusal.OfWorkAsync(context));
    }

    private async Task EnqueueAsync(HttpContext context, RetryDrafts read)
    {
        try
        {
            var items = await parts.Retries.Engine.Queue.EnqueueAsync(read.Drafts, context.RequestAborted);
            if (context.Caller() is var caller && caller != Caller.Local)
            {
                await parts.Retries.Desk.RecordHandInAsync(read.Drafts, items, caller.Name);
            }

            await Answer.JsonAsync(
                context,
                json =>
                {
                    json.WriteStartObject();
                    json.WriteStartArray("items"u8);
                    foreach (var item in items)
                    {
                        RetryJson.Write(json, item);
                    }

                    json.WriteEndArray();
                    json.WriteEndObject();
                },
                StatusCodes.Status202Accepted);
        }
        catch (RetryRejectedException rejected)
        {
            await RefuseAsync(context, [.. rejected.Errors.Select(read.ToEventError)]);
        }
        catch (SpoolFullException full)
        {
            await Problem.RetryLaterAsync(context, 429, "The spool is full.", $"The database is away. {full.Message}", full.RetryAfter);
        }
        catch (SpoolUnavailableException unavailable)
        {
            await Problem.RetryLaterAsync(
                context, 503, "The spool cannot be written.", $"The database is away. {unavailable.Message} Nothing was taken.", TimeSpan.FromSeconds(5));
        }
    }

    private static Task RefuseAsync(HttpContext context, IReadOnlyList<EventError> errors) =>
        Problem.WriteAsync(context, StatusCodes.Status400BadRequest, "The retries have faults; none was taken.", errors: errors);

    private static Task RefuseTypesAsync(HttpContext context, IReadOnlyList<string> types) => Problem.WriteAsync(
        context,
        StatusCodes.Status403Forbidden,
        "An operation type may not be enqueued from outside; nothing was taken.",
        $"These may not: {string.Join(", ", types.Take(20))}. A handler allows it for its own type, and {FlagNames.RetryExternalTypes} for further ones.");
}
