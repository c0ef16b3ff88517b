using Holdfast.Access;
using Holdfast.AspNetCore.Api;
using Holdfast.AspNetCore.Security;
using Holdfast.Flags;
using Holdfast.Lifecycle;
using Holdfast.Monitoring;
using Holdfast.Pipeline;
using Holdfast.Spool;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Holdfast.AspNetCore.Ingest;

/// <summary><c>POST /api/events</c>: read, hand to the intake, say what became of it. The answer comes after durability.</summary>
internal sealed class EventsPost(NodeParts parts, FlagManager flags, LifecycleState lifecycle, BodyReader bodies)
{
    private readonly string _durability = Names.Of(parts.Spool.Durability);

    public async Task PostAsync(HttpContext context)
    {
        // 1. Only while the server takes work.
        if (!lifecycle.Accepting)
        {
            await Refusal.OfWorkAsync(context);
            return;
        }

        // 2. What the body is.
        if (FormatOf(context.Request) is not { } format)
        {
            context.Response.Headers.Accept = "application/json, application/x-ndjson";
            await Problem.WriteAsync(context, 415, "The content type is not accepted.", "Send application/json (one object or an array) or application/x-ndjson, in UTF-8, without Content-Encoding.");
            return;
        }

        // 3. The body, within limits.
        var bytesMax = (int)flags.GetInt(FlagNames.MaxBodyBytes);
        var (outcome, body) = await bodies.ReadAsync(context, bytesMax, context.RequestAborted);
        if (body is null)
        {
            await Refusal.OfBodyAsync(context, outcome, bytesMax);
            return;
        }

        // 4. The intake, for which a shutdown waits: when it returns, what it accepted is durable.
        using (body)
        {
            await TakeAsync(context, body.Memory, format);
        }
    }

    private async Task TakeAsync(HttpContext context, ReadOnlyMemory<byte> body, EventFormat format)
    {
        using var work = lifecycle.Enter();
        await (lifecycle.Accepting ? AnswerAsync(context, body, format) : Refusal.OfWorkAsync(context));
    }

    private async Task AnswerAsync(HttpContext context, ReadOnlyMemory<byte> body, EventFormat format)
    {
        try
        {
            var result = await parts.Intake.IngestAsync(body, format, SenderOf(context), context.RequestAborted);
            context.Response.Headers["Holdfast-Durability"] = _durability;
            await (result.Status switch
            {
                IntakeStatus.Taken => WriteTakenAsync(context, result),
                IntakeStatus.Unreadable => Problem.WriteAsync(context, 400, "The body cannot be read.", result.Problem),
                IntakeStatus.TooLarge => Problem.WriteAsync(context, 413, "The request is too large.", result.Problem),
                IntakeStatus.Refused => WriteRefusedAsync(context, result),
                _ => throw new InvalidOperationException($"Unknown intake status {result.Status}."),
            });
        }
        catch (SpoolFullException full)
        {
            await Problem.RetryLaterAsync(context, 429, "The spool is full.", full.Message, full.RetryAfter);
        }
        catch (SpoolUnavailableException unavailable)
        {
            await Problem.RetryLaterAsync(context, 503, "The spool cannot be written.", $"{unavailable.Message} Nothing was acknowledged.", TimeSpan.FromSeconds(5));
        }
    }

    private static Task WriteTakenAsync(HttpContext context, IntakeResult result) => Api.Answer.JsonAsync(
        context,
        json =>
        {
            json.WriteStartObject();
            json.WriteNumber("accepted"u8, result.Accepted);
            json.WriteNumber("duplicates"u8, result.Duplicates);
            RejectedJson.Write(json, result.Rejected);
            json.WriteEndObject();
        },
        StatusCodes.Status202Accepted);

    private static Task WriteRefusedAsync(HttpContext context, IntakeResult result) => Problem.WriteAsync(
        context,
        422,
        "Strict validation refused the request; nothing was recorded.",
        "Mend the items below, or switch MONITORING_VALIDATION_STRICT off to have the good items recorded.",
        result.Rejected.SelectMany(r => r.Errors.Select(e => e with { Field = $"[{r.Index}].{e.Field}" })).Take(1_000).ToArray());

    /// <summary>Whose events these are.</summary>
    public static EventSender SenderOf(HttpContext context) =>
        context.Caller() is var caller && caller == Caller.Local ? EventSender.Local : new EventSender(caller.Name, context.May(Permission.RetriesWrite));

    private static EventFormat? FormatOf(HttpRequest request)
    {
        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out var type)
            || (type.Charset.HasValue && !HeaderUtilities.RemoveQuotes(type.Charset).Equals("utf-8", StringComparison.OrdinalIgnoreCase))
            || request.Headers.ContentEncoding is not ([] or ["identity"]))
        {
            return null;
        }

        return type.MediaType.Value?.ToLowerInvariant() switch
        {
            "application/json" => EventFormat.Json,
            "application/x-ndjson" => EventFormat.Ndjson,
            _ => null,
        };
    }
}
