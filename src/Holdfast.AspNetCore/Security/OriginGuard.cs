using System.Net;
using Microsoft.AspNetCore.Http;

namespace Holdfast.AspNetCore.Security;

/// <summary>
/// Keeps foreign web pages out while there are no keys: a page of another origin can make a browser send requests to loopback, and a
/// rebound DNS name can make it read the answers. Pure: looks at headers only.
/// </summary>
internal static class OriginGuard
{
    /// <summary>Returns why a request is refused, or null.</summary>
    public static string? Refuse(HttpRequest request)
    {
        if (!IsLoopbackName(request.Host.Host))
        {
            return $"The Host header names '{Printable(request.Host.Host)}'. Without API keys only localhost, 127.0.0.1 and [::1] are answered.";
        }

        var origin = request.Headers.Origin.ToString();
        if (origin.Length > 0 && !IsSameOrigin(origin, request))
        {
            return $"The Origin header names '{Printable(origin)}', which is another web page. Without API keys only the server's own page is answered.";
        }

        // Some cross-site requests carry no Origin (images, scripts, no-cors GET); browsers mark them all the same. Following a link is fine.
        if (request.Headers["Sec-Fetch-Site"] is ["cross-site"] && !(HttpMethods.IsGet(request.Method) && request.Headers["Sec-Fetch-Mode"] is ["navigate"]))
        {
            return "The request comes from another web page. Without API keys only the server's own page is answered.";
        }

        return null;
    }

    private static bool IsLoopbackName(string host) =>
        string.Equals(host, "localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));

    private static bool IsSameOrigin(string origin, HttpRequest request) =>
        Uri.TryCreate(origin, UriKind.Absolute, out var uri)
        && string.Equals(uri.Authority, Authority(request), StringComparison.OrdinalIgnoreCase)
        && uri.Scheme is "http" or "https";

    // Uri drops the default port from an authority; a Host header may spell it out.
    private static string Authority(HttpRequest request) =>
        Uri.TryCreate($"{request.Scheme}://{request.Host.Value}", UriKind.Absolute, out var uri) ? uri.Authority : "";

    private static string Printable(string text) => new(text.Take(100).Select(c => char.IsControl(c) ? '?' : c).ToArray());
}
