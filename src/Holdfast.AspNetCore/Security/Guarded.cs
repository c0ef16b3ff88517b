using Holdfast.AspNetCore.Api;
using Microsoft.AspNetCore.Http;

namespace Holdfast.AspNetCore.Security;

/// <summary>What stands before every endpoint: headers of safety, the origin check, and that the server takes requests at all.</summary>
internal static class Guarded
{
    /// <summary>Wraps a handler. An error that leaves it is logged by the host and answered as a problem without inner details.</summary>
    public static RequestDelegate Wrap(RequestDelegate handler) => async context =>
    {
        SecurityHeaders(context.Response.Headers);
        if (OriginGuard.Refuse(context.Request) is { } reason)
        {
            await Problem.WriteAsync(context, StatusCodes.Status403Forbidden, "Refused.", reason);
            return;
        }

        await handler(context);
    };

    private static void SecurityHeaders(IHeaderDictionary headers)
    {
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
    }
}
