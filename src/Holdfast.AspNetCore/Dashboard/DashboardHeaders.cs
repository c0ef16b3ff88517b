using Microsoft.AspNetCore.Http;

namespace Holdfast.AspNetCore.Dashboard;

/// <summary>What every answer of the dashboard tells the browser to refuse.</summary>
internal static class DashboardHeaders
{
    // Nothing but our own files: no inline script or style, no other origin, no frame, no form, no plug-in. data: is the icon.
    private const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'self'; form-action 'none'; frame-ancestors 'none'";

    public static void Protect(IHeaderDictionary headers)
    {
        headers.XContentTypeOptions = "nosniff";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
    }

    public static void ProtectPage(IHeaderDictionary headers)
    {
        Protect(headers);
        headers.ContentSecurityPolicy = Policy;
        headers.XFrameOptions = "DENY";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
    }
}
