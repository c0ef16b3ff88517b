using Holdfast.Access;
using Microsoft.AspNetCore.Http;

namespace Holdfast.AspNetCore.Security;

/// <summary>What pages of other origins are told, those that the settings name; all others are refused before.</summary>
internal static class Cors
{
    private const string Methods = "GET, HEAD, POST, PUT, PATCH, DELETE";
    private const string RequestHeaders = "Authorization, X-API-Key, apikey, X-Client-Info, Content-Type, If-Match, If-None-Match, traceparent, tracestate";
    private const string ResponseHeaders = "ETag, Retry-After, Location, Holdfast-Durability, x-rate-rolling, x-rate-limit, x-rate-limit-remaining";
    private const string Seconds = "600";

    /// <summary>Lets the browser hand the answer to the page. Cookies are none of it: there are none here.</summary>
    public static void Admit(HttpContext context, AccessOptions options)
    {
        if (options.AllowedOrigins.Count == 0)
        {
            return;
        }

        var headers = context.Response.Headers;
        headers.Append("Vary", "Origin");
        if (context.Request.Headers.Origin.ToString() is { Length: > 0 } origin && OriginGuard.IsAllowed(origin, options))
        {
            headers.AccessControlAllowOrigin = origin;
            headers.AccessControlExposeHeaders = ResponseHeaders;
        }
    }

    /// <summary>Answers the question that a browser asks before it sends a page's request.</summary>
    public static Task PreflightAsync(HttpContext context)
    {
        var headers = context.Response.Headers;
        headers.AccessControlAllowMethods = Methods;
        headers.AccessControlAllowHeaders = RequestHeaders;
        headers.AccessControlMaxAge = Seconds;
        context.Response.StatusCode = StatusCodes.Status204NoContent;
        return Task.CompletedTask;
    }
}
