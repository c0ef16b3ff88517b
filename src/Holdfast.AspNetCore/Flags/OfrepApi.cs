using System.Buffers;
using System.Security.Cryptography;
using System.Text.Json;
using Holdfast.AspNetCore.Api;
using Holdfast.AspNetCore.Security;
using Holdfast.Flags;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Holdfast.AspNetCore.Flags;

/// <summary>
/// OFREP 0.3.0, the protocol that OpenFeature's providers speak: one flag, or all flags for one context. Its errors have a form of their own.
/// From memory, whatever the database does.
/// </summary>
internal sealed class OfrepApi(FlagManager flags, StreamTokens tokens)
{
    public const string Root = "/ofrep/v1";
    public const string StreamPath = Root + "/stream";

    // A page that is hidden for longer lets its stream go, and asks for everything when it is shown again.
    private const int InactivityDelaySeconds = 600;

    /// <summary><c>POST /ofrep/v1/evaluate/flags/{key}</c></summary>
    public async Task EvaluateAsync(HttpContext context)
    {
        var name = FlagsApi.NameOf(context);
        if (await ContextBody.ReadAsync(context) is not var (asked, fault))
        {
            return;
        }

        if (fault is not null)
        {
            await RefuseAsync(context, name, fault);
            return;
        }

        var evaluation = flags.IsForClients(name) ? flags.Evaluate(name, asked) : Unknown(name);
        var status = evaluation.Error switch
        {
            null => StatusCodes.Status200OK,
            FlagError.FlagNotFound => StatusCodes.Status404NotFound,
            _ => StatusCodes.Status400BadRequest,
        };
        await Answer.JsonAsync(context, json => OfrepJson.Write(json, evaluation), status);
    }

    /// <summary><c>POST /ofrep/v1/evaluate/flags</c></summary>
    public async Task EvaluateAllAsync(HttpContext context)
    {
        if (await ContextBody.ReadAsync(context) is not var (asked, fault))
        {
            return;
        }

        if (fault is not null)
        {
            await RefuseAsync(context, key: null, fault);
            return;
        }

        var (revision, evaluations) = flags.EvaluateAll(asked);
        var result = Write(evaluations);
        var tag = TagOf(result);
        ExposeHeaders(context.Response);
        context.Response.Headers.ETag = tag;
        if (IsKnown(context.Request, tag))
        {
            context.Response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        await Answer.JsonAsync(context, json =>
        {
            json.WriteStartObject();
            json.WritePropertyName("flags"u8);
            json.WriteRawValue(result.Span);
            WriteStreams(json, context);
            json.WriteStartObject("metadata"u8);
            json.WriteString("version"u8, revision);
            json.WriteEndObject();
            json.WriteEndObject();
        });
    }

    private static FlagEvaluation Unknown(string name) => new(name, null, null, FlagReason.Error, FlagOrigin.Default) { Error = FlagError.FlagNotFound };

    private void WriteStreams(Utf8JsonWriter json, HttpContext context)
    {
        json.WriteStartArray("eventStreams"u8);
        json.WriteStartObject();
        json.WriteString("type"u8, "sse"u8);
        json.WriteStartObject("endpoint"u8);

        json.WriteString("requestUri"u8, $"{PathBefore(context.Request)}{StreamPath}?token={tokens.Issue(context.Caller())}");
        json.WriteEndObject();
        json.WriteNumber("inactivityDelaySec"u8, InactivityDelaySeconds);
        json.WriteEndObject();
        json.WriteEndArray();
    }

    /// <summary>Everything before the protocol's own path, with what a proxy took off: a client resolves an address against the origin alone.</summary>
    private static string PathBefore(HttpRequest request)
    {
        var path = request.PathBase.Add(request.Path).ToUriComponent();
        return path[..path.IndexOf(Root, StringComparison.OrdinalIgnoreCase)];
    }

    private static ReadOnlyMemory<byte> Write(IReadOnlyList<FlagEvaluation> evaluations)
    {
        var bytes = new ArrayBufferWriter<byte>(1_024);
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartArray();
            foreach (var evaluation in evaluations)
            {
                OfrepJson.Write(json, evaluation);
            }

            json.WriteEndArray();
        }

        return bytes.WrittenMemory;
    }

    /// <summary>Of what this context gets and nothing else: a change that does not concern it leaves the tag as it is.</summary>
    private static string TagOf(ReadOnlyMemory<byte> result) => $"\"{Convert.ToHexStringLower(SHA256.HashData(result.Span).AsSpan(0, 12))}\"";

    private static bool IsKnown(HttpRequest request, string tag) =>
        request.Headers.IfNoneMatch is { Count: > 0 } header && EntityTagHeaderValue.TryParseList(header, out var tags)
        && tags.Any(known => known.Tag.Equals(tag, StringComparison.Ordinal) || known.Equals(EntityTagHeaderValue.Any));

    // A page of another origin that was let in reads only the headers that are named.
    private static void ExposeHeaders(HttpResponse response) => response.Headers.AccessControlExposeHeaders = "ETag, Retry-After";

    private static Task RefuseAsync(HttpContext context, string? key, string details) =>
        Answer.JsonAsync(context, json => OfrepJson.WriteError(json, key, OfrepJson.InvalidContext, details), StatusCodes.Status400BadRequest);
}
