using Holdfast.AspNetCore.Api;
using Holdfast.Health;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Holdfast.AspNetCore.Security;

/// <summary>What stands before every endpoint: headers of safety, and the gate.</summary>
internal static class Guarded
{
    /// <summary>Puts the guard before an endpoint that maps itself (the page, the OpenAPI document), and the permission on it.</summary>
    public static void Guard(EndpointBuilder endpoint, Permission permission)
    {
        endpoint.RequestDelegate = Wrap(endpoint.RequestDelegate!, permission);
        endpoint.Metadata.Add(new PermissionMetadata(permission));
    }

    /// <summary>Wraps a handler. An error that leaves it is logged by the host and answered as a problem without inner details.</summary>
    /// <param name="protocol">What a protocol of its own has another way for; null: nothing.</param>
    public static RequestDelegate Wrap(RequestDelegate handler, Permission permission, GuardProtocol? protocol = null) => async context =>
    {
        Protect(context.Response.Headers);
        var startedAt = context.RequestServices.GetRequiredService<TimeProvider>().GetTimestamp();
        try
        {
            if (await context.RequestServices.GetRequiredService<AccessGate>().JudgeAsync(context, permission, protocol?.Nameless ?? false) is { } refusal)
            {
                await (protocol?.RefuseAsync(context, refusal) ?? refusal.WriteAsync(context));
            }
            else
            {
                await handler(context);
            }
        }
        catch (Exception fault) when (!context.RequestAborted.IsCancellationRequested)
        {
            Note(context, permission, startedAt, StatusOf(fault));
            throw;
        }

        Note(context, permission, startedAt, context.Response.StatusCode);
    };

    private static void Note(HttpContext context, Permission permission, long startedAt, int status)
    {
        if (IsStream(context.Response) || context.RequestAborted.IsCancellationRequested)
        {
            return;
        }

        context.RequestServices.GetRequiredService<RequestMeter>().Note(startedAt, status);
        if (permission != Permission.Probe)
        {
            context.RequestServices.GetRequiredService<AnswerCounts>().Note(failed: status >= StatusCodes.Status500InternalServerError);
        }
    }

    // What is answered when it has left here.
    private static int StatusOf(Exception fault) => fault is BadHttpRequestException bad ? bad.StatusCode : StatusCodes.Status500InternalServerError;

    // How long somebody listens says nothing of how fast anybody is answered.
    private static bool IsStream(HttpResponse response) =>
        response.StatusCode == StatusCodes.Status101SwitchingProtocols || response.ContentType is { } type && type.StartsWith("text/event-stream", StringComparison.Ordinal);

    /// <summary>What every answer tells a browser not to do with it.</summary>
    public static void Protect(IHeaderDictionary headers)
    {
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
    }
}

/// <summary>What a protocol of its own does in another way at the gate.</summary>
/// <param name="Nameless">Its tokens need not name anybody.</param>
/// <param name="RefuseAsync">How it says no.</param>
internal sealed record GuardProtocol(bool Nameless, Func<HttpContext, Refusal, Task> RefuseAsync);
