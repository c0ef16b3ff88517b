using Holdfast.AspNetCore.Api;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Holdfast.AspNetCore.Security;

/// <summary>What stands before every endpoint: headers of safety, the origin check, and that the server takes requests at all.</summary>
internal static class Guarded
{
    /// <summary>Puts the guard before an endpoint that maps itself (the page, the OpenAPI document), and the permission on it.</summary>
    public static void Guard(EndpointBuilder endpoint, Permission permission)
    {
        endpoint.RequestDelegate = Wrap(endpoint.RequestDelegate!);
        endpoint.Metadata.Add(new PermissionMetadata(permission));
    }

    /// <summary>Wraps a handler. An error that leaves it is logged by the host and answered as a problem without inner details.</summary>
    public static RequestDelegate Wrap(RequestDelegate handler) => async context =>
    {
        Protect(context.Response.Headers);
        if (OriginGuard.Refuse(context.Request) is { } reason)
        {
            await Problem.WriteAsync(context, StatusCodes.Status403Forbidden, "Refused.", reason);
            return;
        }

        await handler(context);
    };

    /// <summary>What every answer tells a browser not to do with it.</summary>
    public static void Protect(IHeaderDictionary headers)
    {
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
    }
}
