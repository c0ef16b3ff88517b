using Microsoft.AspNetCore.Http;

namespace Holdfast.AspNetCore.Dashboard;

/// <summary>What every answer of the dashboard tells the browser to refuse.</summary>
internal static class DashboardHeaders
{
    public static readonly string PolicyWithoutScripts = PolicyWith("'none'");

    /// <summary>
    /// Nothing but our own files and the named scripts: no inline style, no other origin, no frame, no form, no plug-in. <c>data:</c> is the icon.
    /// </summary>
    /// <param name="scripts">Where scripts may come from, as the policy spells it.</param>
    public static string PolicyWith(string scripts) =>
        $"default-src 'none'; script-src {scripts}; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'self'; form-action 'none'; frame-ancestors 'none'";

    public static void Protect(IHeaderDictionary headers)
    {
        headers.XContentTypeOptions = "nosniff";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
    }

    public static void ProtectPage(IHeaderDictionary headers, string policy)
    {
        Protect(headers);
        headers.ContentSecurityPolicy = policy;
        headers.XFrameOptions = "DENY";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
    }
}
