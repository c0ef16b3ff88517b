using System.Net.WebSockets;

namespace SelfHosted;

/// <summary>
/// A reverse proxy of a few lines: takes a prefix off, says in X-Forwarded-* what it took off and for whom it asks, and passes everything else on
/// as it is: bodies, event streams and WebSockets.
/// </summary>
internal sealed class FrontDoor : IAsyncDisposable
{
    private static readonly HashSet<string> OfOneConnection =
        new(StringComparer.OrdinalIgnoreCase) { "Connection", "Keep-Alive", "Transfer-Encoding", "Upgrade", "TE", "Trailer", "Host" };

    private readonly WebApplication _app;
    private readonly Uri _target;
    private readonly string _prefix;
    private readonly HttpMessageInvoker _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, UseProxy = false });

    private FrontDoor(WebApplication app, Uri target, string prefix) => (_app, _target, _prefix) = (app, target, prefix);

    /// <summary>Where the prefix is served; ends with a slash.</summary>
    public Uri Address => new(new Uri(_app.Urls.Single()), _prefix + "/");

    public static async Task<FrontDoor> OpenAsync(Uri target, string prefix, string port)
    {
        var builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls($"http://127.0.0.1:{port}");
        var door = new FrontDoor(builder.Build(), target, prefix);
        door._app.UseWebSockets();
        door._app.Map(prefix + "/{**path}", door.ForwardAsync);
        await door._app.StartAsync();
        return door;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _http.Dispose();
    }

    private Task ForwardAsync(HttpContext context)
    {
        var target = new Uri(_target, context.Request.Path.Value![_prefix.Length..] + context.Request.QueryString);
        return context.WebSockets.IsWebSocketRequest ? ConnectAsync(context, target) : SendAsync(context, target);
    }

    private async Task SendAsync(HttpContext context, Uri target)
    {
        using var request = new HttpRequestMessage(new HttpMethod(context.Request.Method), target);
        request.Content = context.Request.ContentLength is null && !context.Request.Headers.ContainsKey("Transfer-Encoding") ? null : new StreamContent(context.Request.Body);
        foreach (var (name, value) in HeadersFor(context))
        {
            if (!request.Headers.TryAddWithoutValidation(name, value))
            {
                request.Content?.Headers.TryAddWithoutValidation(name, value);
            }
        }

        using var answer = await _http.SendAsync(request, context.RequestAborted);
        context.Response.StatusCode = (int)answer.StatusCode;
        foreach (var (name, values) in answer.Headers.Concat(answer.Content.Headers).Where(header => !OfOneConnection.Contains(header.Key)))
        {
            context.Response.Headers[name] = values.ToArray();
        }

        await answer.Content.CopyToAsync(context.Response.Body, context.RequestAborted);
    }

    private async Task ConnectAsync(HttpContext context, Uri target)
    {
        using var inner = new ClientWebSocket();
        foreach (var (name, value) in HeadersFor(context).Where(header => !header.Name.StartsWith("Sec-WebSocket-", StringComparison.OrdinalIgnoreCase)))
        {
            inner.Options.SetRequestHeader(name, value);
        }

        await inner.ConnectAsync(new UriBuilder(target) { Scheme = "ws" }.Uri, context.RequestAborted);
        using var outer = await context.WebSockets.AcceptWebSocketAsync();
        using var end = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        await Task.WhenAny(PumpAsync(outer, inner, end.Token), PumpAsync(inner, outer, end.Token));
        await end.CancelAsync();
    }

    private static async Task PumpAsync(WebSocket from, WebSocket to, CancellationToken cancellationToken)
    {
        var buffer = new byte[64 << 10];
        while (true)
        {
            var part = await from.ReceiveAsync(buffer.AsMemory(), cancellationToken);
            if (part.MessageType == WebSocketMessageType.Close)
            {
                await to.CloseOutputAsync(from.CloseStatus ?? WebSocketCloseStatus.NormalClosure, from.CloseStatusDescription, cancellationToken);
                return;
            }

            await to.SendAsync(buffer.AsMemory(0, part.Count), part.MessageType, part.EndOfMessage, cancellationToken);
        }
    }

    private IEnumerable<(string Name, string Value)> HeadersFor(HttpContext context)
    {
        foreach (var (name, value) in context.Request.Headers.Where(header => !OfOneConnection.Contains(header.Key) && !header.Key.StartsWith("X-Forwarded-", StringComparison.OrdinalIgnoreCase)))
        {
            yield return (name, value.ToString());
        }

        yield return ("X-Forwarded-For", context.Connection.RemoteIpAddress!.ToString());
        yield return ("X-Forwarded-Proto", context.Request.Scheme);
        yield return ("X-Forwarded-Host", context.Request.Host.Value!);
        yield return ("X-Forwarded-Prefix", _prefix);
    }
}
