using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Net.Http.Headers;

namespace Holdfast.AspNetCore.Dashboard;

/// <summary>Serves the dashboard: the shell, completed at each request, and its files, which a browser asks for once.</summary>
internal static class DashboardEndpoints
{
    private const string MissingPage =
        """
        This build of Holdfast has no dashboard: Node 20 or newer was not found when it was built.

        Everything else works. To have the page, install Node, then build and start again:
            ./run
        What the page shows can also be asked over HTTP: /status, /api/ledger, /api/events, /api/series.

        """;

    private static readonly string[] GetAndHead = [HttpMethods.Get, HttpMethods.Head];

    /// <param name="basePath">Where the page is mounted: <c>/</c> or <c>/holdfast</c>.</param>
    /// <param name="snapshotJson">Makes the first figures of the page; null: whoever asks may not see them. When it fails, the page comes without and gets them live.</param>
    public static RouteGroupBuilder MapHoldfastDashboard(
        this IEndpointRouteBuilder endpoints, string basePath, Func<HttpContext, ValueTask<ReadOnlyMemory<byte>?>> snapshotJson) =>
        endpoints.MapDashboard(basePath, DashboardAssets.Load(typeof(DashboardEndpoints).Assembly), snapshotJson);

    internal static RouteGroupBuilder MapDashboard(
        this IEndpointRouteBuilder endpoints, string basePath, DashboardAssets assets, Func<HttpContext, ValueTask<ReadOnlyMemory<byte>?>> snapshotJson)
    {
        var logger = endpoints.ServiceProvider.GetRequiredService<ILoggerFactory>().CreateLogger("Holdfast.AspNetCore.Dashboard");
        var group = endpoints.MapGroup(basePath.TrimEnd('/'));
        group.ExcludeFromDescription();
        if (assets.Shell is null)
        {
            logger.DashboardMissing();
            group.MapMethods("/", GetAndHead, SendMissingPage);
            return group;
        }

        var shell = new DashboardShell(assets.Shell);
        var snapshot = new Snapshot(snapshotJson, logger);
        group.MapMethods("/", GetAndHead, context => SendShellAsync(context, shell, snapshot));
        group.MapMethods("/assets/{name}", GetAndHead, context => SendAssetAsync(context, assets));
        return group;
    }

    private static async Task SendShellAsync(HttpContext context, DashboardShell shell, Snapshot snapshot)
    {
        var path = context.Request.PathBase.Add(context.Request.Path).ToUriComponent();
        if (!path.EndsWith('/'))
        {
            // A fragment link of the page would otherwise leave it: the base has the slash, the address has not.
            context.Response.Redirect(path + "/" + context.Request.QueryString.ToUriComponent(), permanent: true, preserveMethod: true);
            return;
        }

        var encoding = AssetEncodings.Choose(context.Request.Headers.AcceptEncoding);
        var figures = await snapshot.TakeAsync(context);
        DashboardHeaders.ProtectPage(context.Response.Headers, shell.Policy);
        context.Response.Headers.CacheControl = "no-store";
        var page = figures is { } json ? DashboardShell.Compress(shell.Render(path, json.Span), encoding) : shell.Bare(path, encoding);
        await SendAsync(context, "text/html; charset=utf-8", encoding, page);
    }

    private static async Task SendAssetAsync(HttpContext context, DashboardAssets assets)
    {
        if (assets.Find($"assets/{context.GetRouteValue("name")}") is not { } asset)
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        var (encoding, bytes) = asset.In(AssetEncodings.Choose(context.Request.Headers.AcceptEncoding));
        var headers = context.Response.Headers;
        DashboardHeaders.Protect(headers);
        // The name has the hash of the content: what was once fetched never changes.
        headers.CacheControl = "public, max-age=31536000, immutable";
        headers.ETag = asset.ETag(encoding);
        headers.Vary = HeaderNames.AcceptEncoding;
        if (IsKnown(context.Request, asset.ETag(encoding)))
        {
            context.Response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        await SendAsync(context, asset.ContentType, encoding, bytes);
    }

    private static bool IsKnown(HttpRequest request, string tag)
    {
        var known = request.GetTypedHeaders().IfNoneMatch;
        return known.Any(k => EntityTagHeaderValue.Any.Equals(k) || k.Compare(new EntityTagHeaderValue(tag), useStrongComparison: false));
    }

    private static async Task SendMissingPage(HttpContext context)
    {
        DashboardHeaders.ProtectPage(context.Response.Headers, DashboardHeaders.PolicyWithoutScripts);
        context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        context.Response.Headers.CacheControl = "no-store";
        await SendAsync(context, "text/plain; charset=utf-8", AssetEncoding.Identity, System.Text.Encoding.UTF8.GetBytes(MissingPage));
    }

    private static async Task SendAsync(HttpContext context, string contentType, AssetEncoding encoding, ReadOnlyMemory<byte> bytes)
    {
        var response = context.Response;
        response.ContentType = contentType;
        response.ContentLength = bytes.Length;
        response.Headers.Vary = HeaderNames.AcceptEncoding;
        if (AssetEncodings.Name(encoding) is { } name)
        {
            response.Headers.ContentEncoding = name;
        }

        if (!HttpMethods.IsHead(context.Request.Method))
        {
            await response.Body.WriteAsync(bytes, context.RequestAborted);
        }
    }

    private sealed class Snapshot(Func<HttpContext, ValueTask<ReadOnlyMemory<byte>?>> make, ILogger logger)
    {
        public async ValueTask<ReadOnlyMemory<byte>?> TakeAsync(HttpContext context)
        {
            try
            {
                return await make(context);
            }
            catch (Exception fault) when (fault is not OperationCanceledException)
            {
                logger.SnapshotFailed(fault);
                return null;
            }
        }
    }
}
