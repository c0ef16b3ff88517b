using System.Text.Json;
using Holdfast.Access;
using Holdfast.AspNetCore.Api;
using Holdfast.AspNetCore.Security;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Holdfast.AspNetCore.Realtime;

/// <summary>Answers in the words of the protocol, since its clients show them to people.</summary>
internal static class RealtimeAnswer
{
    /// <summary>How the gate says no to a socket: <c>{"error": ...}</c>.</summary>
    public static readonly GuardProtocol OnSocket = new(Nameless: true, RefuseSocketAsync);

    /// <summary>How the gate says no to a request: <c>{"message": ...}</c>.</summary>
    public static readonly GuardProtocol OnRequest = new(
        Nameless: true,
        (context, refusal) => RefuseAsync(context, refusal, "message", refusal.Status == StatusCodes.Status401Unauthorized ? "Unauthorized" : refusal.Detail));

    /// <summary>What is wrong with what was shown: the code, and the words.</summary>
    public static (string Code, string Message) Of(CredentialFault cause) => cause switch
    {
        CredentialFault.Missing => ("MissingAPIKey", "API key is missing"),
        CredentialFault.Unreadable => ("MalformedJWT", "The token provided is not a valid JWT"),
        CredentialFault.Unknown => ("JwtSignatureError", "Failed to validate JWT signature"),
        CredentialFault.Expired => ("InvalidJWTToken", "Token has expired"),
        CredentialFault.Incomplete => ("InvalidJWTToken", "Fields `role` and `exp` are required in JWT"),
        _ => throw new ArgumentOutOfRangeException(nameof(cause), cause, "Not a fault."),
    };

    public static Task WriteAsync(HttpContext context, int status, string member, string words) =>
        Answer.JsonAsync(context, json => Write(json, member, words), status);

    private static async Task RefuseSocketAsync(HttpContext context, Refusal refusal)
    {
        var server = context.RequestServices.GetRequiredService<HoldfastNode>().Parts.Realtime;
        if (server.Options.ConnectErrorDelay is { Ticks: > 0 } delay)
        {
            await Task.Delay(delay, server.Time, context.RequestAborted);
        }

        await RefuseAsync(context, refusal, "error", WordsOf(refusal));
    }

    private static Task RefuseAsync(HttpContext context, Refusal refusal, string member, string words)
    {
        if (refusal.RetryAfter is { } wait)
        {
            context.Response.Headers.RetryAfter = $"{Math.Max(1, (int)Math.Ceiling(wait.TotalSeconds))}";
        }

        return WriteAsync(context, refusal.Status, member, words);
    }

    private static string WordsOf(Refusal refusal) => refusal.Cause is { } cause ? Of(cause).Message : refusal.Detail;

    private static void Write(Utf8JsonWriter json, string member, string words)
    {
        json.WriteStartObject();
        json.WriteString(member, words);
        json.WriteEndObject();
    }
}
