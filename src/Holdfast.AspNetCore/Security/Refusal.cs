using Holdfast.Access;
using Holdfast.AspNetCore.Api;
using Microsoft.AspNetCore.Http;

namespace Holdfast.AspNetCore.Security;

/// <summary>Why a request is not let in.</summary>
internal sealed record Refusal(int Status, string Title, string Detail)
{
    /// <summary>What is wrong with what was shown; null: nothing.</summary>
    public CredentialFault? Cause { get; init; }

    /// <summary>When it may be tried again; null: not by waiting.</summary>
    public TimeSpan? RetryAfter { get; init; }

    public static Refusal Foreign(string detail) => new(StatusCodes.Status403Forbidden, "Refused.", detail);

    public static Refusal Unknown(string detail, CredentialFault cause) => new(StatusCodes.Status401Unauthorized, "A key is needed.", detail) { Cause = cause };

    public static Refusal Forbidden(string detail) => new(StatusCodes.Status403Forbidden, "That is not allowed to you.", detail);

    public static Refusal TooMany(string detail, TimeSpan retryAfter) => new(StatusCodes.Status429TooManyRequests, "Too many requests.", detail) { RetryAfter = retryAfter };

    public Task WriteAsync(HttpContext context)
    {
        if (Status == StatusCodes.Status401Unauthorized)
        {
            context.Response.Headers.WWWAuthenticate = "Bearer realm=\"holdfast\"";
        }

        return RetryAfter is { } wait ? Problem.RetryLaterAsync(context, Status, Title, Detail, wait) : Problem.WriteAsync(context, Status, Title, Detail);
    }
}
