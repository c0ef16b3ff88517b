using System.Net;
using Holdfast.Access;
using Microsoft.AspNetCore.Http;

namespace Holdfast.AspNetCore.Security;

/// <summary>
/// Keeps foreign web pages out: a page of another origin can make a browser send requests to wherever the browser reaches, and a rebound DNS
/// name can make it read the answers. Pure: looks at headers only.
/// </summary>
internal static class OriginGuard
{
    /// <summary>Returns why a request is refused, or null.</summary>
    /// <param name="keysNeeded">
    /// Without keys only names of the loopback address are answered. With keys also addresses in digits, which no DNS name can be rebound to, the
    /// machine's own name, and what is set.
    /// </param>
    public static string? Refuse(HttpRequest request, bool keysNeeded, AccessOptions options)
    {
        if (!IsLoopbackName(request.Host.Host) && !(keysNeeded && IsOwnName(request.Host.Host, options)))
        {
            return $"The Host header names '{Printable(request.Host.Host)}'. " + (keysNeeded
                ? "HOLDFAST_ALLOWED_HOSTS lists the names under which the server is reached."
                : "Without API keys only localhost, 127.0.0.1 and [::1] are answered.");
        }

        var origin = request.Headers.Origin.ToString();
        if (origin.Length > 0)
        {
            return IsSameOrigin(origin, request) || (keysNeeded && IsAllowed(origin, options)) ? null
                : $"The Origin header names '{Printable(origin)}', which is another web page. HOLDFAST_ALLOWED_ORIGINS lists those that may call with a key.";
        }

        // Some cross-site requests carry no Origin (images, scripts, no-cors GET); browsers mark them all the same. Following a link is fine.
        return request.Headers["Sec-Fetch-Site"] is ["cross-site"] && !(HttpMethods.IsGet(request.Method) && request.Headers["Sec-Fetch-Mode"] is ["navigate"])
            ? "The request comes from another web page."
            : null;
    }

    /// <summary>Whether a page of this origin may call although it is not the server's own.</summary>
    public static bool IsAllowed(string origin, AccessOptions options) => options.AllowedOrigins.Contains(origin, StringComparer.OrdinalIgnoreCase);

    private static bool IsLoopbackName(string host) =>
        string.Equals(host, "localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));

    private static bool IsOwnName(string host, AccessOptions options) =>
        IPAddress.TryParse(host.Trim('[', ']'), out _)
        || string.Equals(host, Environment.MachineName, StringComparison.OrdinalIgnoreCase)
        || options.AllowedHosts.Contains(host, StringComparer.OrdinalIgnoreCase);

    private static bool IsSameOrigin(string origin, HttpRequest request) =>
        Uri.TryCreate(origin, UriKind.Absolute, out var uri)
        && string.Equals(uri.Authority, Authority(request), StringComparison.OrdinalIgnoreCase)
        && uri.Scheme is "http" or "https";

    // Uri drops the default port from an authority; a Host header may spell it out.
    private static string Authority(HttpRequest request) =>
        Uri.TryCreate($"{request.Scheme}://{request.Host.Value}", UriKind.Absolute, out var uri) ? uri.Authority : "";

    private static string Printable(string text) => new(text.Take(100).Select(c => char.IsControl(c) ? '?' : c).ToArray());
}
