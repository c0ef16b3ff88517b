using Holdfast.Access;
using Microsoft.AspNetCore.Http;

namespace Holdfast.AspNetCore.Security;

/// <summary>Who sent a request.</summary>
internal static class HttpCaller
{
    /// <summary>Whoever the gate let in; everything behind it that needs a permission has one.</summary>
    public static Caller Caller(this HttpContext context) =>
        context.Features.Get<Caller>() ?? throw new InvalidOperationException("Nobody is known to call: the endpoint needs no permission, or was mapped without the guard.");

    /// <summary>Whether whoever calls, if anybody, may also do this: for answers that tell some more than others.</summary>
    public static bool May(this HttpContext context, Permission permission) =>
        context.Features.Get<Caller>() is { } caller && (!caller.ReadsOnly || Permissions.OnlyReads(permission)) && Permissions.Allow(caller.Role, permission);
}
