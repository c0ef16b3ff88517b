using System.Net.WebSockets;
using Holdfast.AspNetCore.Api;
using Microsoft.AspNetCore.Http;

namespace Holdfast.AspNetCore.Live;

/// <summary>Accepting WebSockets the same way everywhere: bounded, with pings that notice a dead peer within 15 seconds.</summary>
internal static class Sockets
{
    private static readonly TimeSpan PingPeriod = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan PongPatience = TimeSpan.FromSeconds(10);

    public static async Task AcceptAsync(HttpContext context, LiveSessions sessions, Func<WebSocket, Task> run)
    {
        if (!context.WebSockets.IsWebSocketRequest)
        {
            context.Response.Headers.Upgrade = "websocket";
            await Problem.WriteAsync(
                context, StatusCodes.Status426UpgradeRequired, "This address speaks WebSocket.", "Connect with a WebSocket client; the application must call UseWebSockets().");
            return;
        }

        if (sessions.TryEnter() is { } reason)
        {
            await Problem.RetryLaterAsync(context, StatusCodes.Status503ServiceUnavailable, "No new connection is taken.", reason, TimeSpan.FromSeconds(5));
            return;
        }

        try
        {
            using var socket = await context.WebSockets.AcceptWebSocketAsync(
                new WebSocketAcceptContext { KeepAliveInterval = PingPeriod, KeepAliveTimeout = PongPatience });
            await run(socket);
        }
        finally
        {
            sessions.Leave();
        }
    }
}
