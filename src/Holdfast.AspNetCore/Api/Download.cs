using Holdfast.AspNetCore.Live;
using Holdfast.AspNetCore.Security;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Holdfast.AspNetCore.Api;

/// <summary>
/// An answer that may last. It is held with the sockets: broken off when the key it was asked for with ends, also where it waits for a reader,
/// and when the process leaves. Half of it must not look like a whole, so the connection goes with it.
/// </summary>
internal static class Download
{
    public static Task SendAsync(HttpContext context, Func<Task> send) =>
        context.RequestServices.GetRequiredService<LiveSessions>().HoldAsync(context.Caller(), _ => context.Abort(), context.Abort, send);
}
