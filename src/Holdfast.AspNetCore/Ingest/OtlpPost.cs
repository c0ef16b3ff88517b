using Holdfast.Flags;
using Holdfast.Lifecycle;
using Holdfast.Monitoring;
using Holdfast.Otlp;
using Holdfast.Spool;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Holdfast.AspNetCore.Ingest;

/// <summary>
/// <c>POST /v1/metrics</c>, OTLP/HTTP: read, hand to the intake, say what became of it. The answer comes after durability. Senders try again
/// after 429 and 503 and throw away what any other refusal answered, so whatever may pass with time is one of those two.
/// </summary>
internal sealed class OtlpPost(NodeParts parts, FlagManager flags, LifecycleState lifecycle, BodyReader bodies, BodyBudget budget)
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan AfterRestart = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan AfterDiskFault = TimeSpan.FromSeconds(5);

    private readonly string _durability = Names.Of(parts.Spool.Durability);

    public async Task PostAsync(HttpContext context)
    {
        // 1. What the body is.
        var encoding = EncodingOf(context.Request);
        var reply = new OtlpReply(context, encoding ?? OtlpEncoding.Json);
        if (encoding is null || IsCompressed(context.Request) is not { } compressed)
        {
            await RefuseTypeAsync(reply);
            return;
        }

        // 2. Only while the server takes work.
        if (!lifecycle.Accepting)
        {
            await RefuseWorkAsync(reply);
            return;
        }

        // 3. The body, within limits before and after it is decompressed.
        var bytesMax = (int)flags.GetInt(FlagNames.MaxBodyBytes);
        var (outcome, body) = await ReadAsync(context, compressed, bytesMax);
        if (body is null)
        {
            await RefuseBodyAsync(reply, outcome, bytesMax);
            return;
        }

        // 4. The intake, for which a shutdown waits: when it returns, what it accepted is durable.
        using (body)
        using (lifecycle.Enter())
        {
            await (lifecycle.Accepting ? TakeAsync(reply, body.Memory) : RefuseWorkAsync(reply));
        }
    }

    private async Task TakeAsync(OtlpReply reply, ReadOnlyMemory<byte> body)
    {
        try
        {
            var result = await parts.Otlp.IngestAsync(body, reply.Encoding, reply.Context.RequestAborted);
            reply.Context.Response.Headers["Holdfast-Durability"] = _durability;
            await reply.ResultAsync(result);
        }
        catch (OtlpFormatException unreadable)
        {
            await reply.RefuseAsync(400, OtlpCode.InvalidArgument, $"The body cannot be read, and nothing was recorded. {unreadable.Message}");
        }
        catch (SpoolFullException full)
        {
            await reply.RetryLaterAsync(429, OtlpCode.ResourceExhausted, full.Message, full.RetryAfter);
        }
        catch (SpoolUnavailableException unavailable)
        {
            await reply.RetryLaterAsync(503, OtlpCode.Unavailable, $"{unavailable.Message} Nothing was acknowledged.", AfterDiskFault);
        }
    }

    private async Task<BodyRead> ReadAsync(HttpContext context, bool compressed, int bytesMax)
    {
        var read = await bodies.ReadAsync(context, bytesMax, context.RequestAborted);
        if (!compressed || read.Body is null)
        {
            return read;
        }

        using (read.Body)
        {
            return Gunzip.Read(read.Body, budget, bytesMax);
        }
    }

    private static async Task RefuseBodyAsync(OtlpReply reply, BodyOutcome outcome, int bytesMax)
    {
        // The rest of the body is not read: whoever is still sending it learns from this that no other request can follow.
        reply.Context.Response.Headers.Connection = "close";
        await (outcome switch
        {
            BodyOutcome.TooLarge => reply.RefuseAsync(
                413, OtlpCode.InvalidArgument, $"At most {bytesMax} bytes are accepted, before and after decompression (HOLDFAST_MAX_BODY_BYTES). Send smaller batches."),
            BodyOutcome.Damaged => reply.RefuseAsync(400, OtlpCode.InvalidArgument, "The body is not gzip, or a part of it is missing. Nothing was recorded."),
            BodyOutcome.NoRoom => reply.RetryLaterAsync(429, OtlpCode.ResourceExhausted, $"All {BodyBudget.MaxFor(bytesMax) >> 20} MiB for bodies are in use.", Soon),
            BodyOutcome.TooSlow => reply.RetryLaterAsync(
                503, OtlpCode.DeadlineExceeded, $"The body was not complete after {BodyReader.Patience.TotalSeconds:F0} s. Nothing was recorded.", Soon),
            BodyOutcome.GivenUp => RefuseWorkAsync(reply),
            _ => throw new InvalidOperationException($"A body that was {outcome} is not refused."),
        });
        if (outcome == BodyOutcome.GivenUp)
        {
            // The web server would wait for the rest of the body, and the shutdown for the web server. Nothing was acknowledged.
            reply.Context.Abort();
        }
    }

    private static Task RefuseWorkAsync(OtlpReply reply) =>
        reply.RetryLaterAsync(503, OtlpCode.Unavailable, "The server is starting or shutting down.", AfterRestart);

    private static Task RefuseTypeAsync(OtlpReply reply)
    {
        reply.Context.Response.Headers.Accept = "application/x-protobuf, application/json";
        reply.Context.Response.Headers.AcceptEncoding = "gzip, identity";
        return reply.RefuseAsync(
            415, OtlpCode.InvalidArgument, "Send application/x-protobuf or application/json in UTF-8, as it is or with Content-Encoding: gzip.");
    }

    private static OtlpEncoding? EncodingOf(HttpRequest request)
    {
        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out var type)
            || (type.Charset.HasValue && !HeaderUtilities.RemoveQuotes(type.Charset).Equals("utf-8", StringComparison.OrdinalIgnoreCase)))
        {
            return null;
        }

        return type.MediaType.Value?.ToLowerInvariant() switch
        {
            "application/x-protobuf" => OtlpEncoding.Protobuf,
            "application/json" => OtlpEncoding.Json,
            _ => null,
        };
    }

    private static bool? IsCompressed(HttpRequest request) => request.Headers.ContentEncoding.ToString().ToLowerInvariant() switch
    {
        "" or "identity" => false,
        "gzip" => true,
        _ => null,
    };
}
