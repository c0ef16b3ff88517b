using System.Buffers;
using System.Net.WebSockets;
using Holdfast.AspNetCore.Api;
using Holdfast.AspNetCore.Security;
using Microsoft.AspNetCore.Http;

namespace Holdfast.AspNetCore.Live;

/// <summary>Accepting WebSockets the same way everywhere: bounded, with pings that notice a dead peer within 15 seconds.</summary>
internal static class Sockets
{
    private static readonly TimeSpan PingPeriod = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan PongPatience = TimeSpan.FromSeconds(9);
    private static readonly TimeSpan GoodbyePatience = TimeSpan.FromSeconds(2);

    /// <param name="refuseAsync">How a protocol of its own says that there is no place; null: as a problem.</param>
    public static async Task AcceptAsync(HttpContext context, LiveSessions sessions, Func<WebSocket, Task> run, Func<string, Task>? refuseAsync = null)
    {
        if (!context.WebSockets.IsWebSocketRequest)
        {
            context.Response.Headers.Upgrade = "websocket";
            await Problem.WriteAsync(
                context, StatusCodes.Status426UpgradeRequired, "This address speaks WebSocket.", "Connect with a WebSocket client; the application must call UseWebSockets().");
            return;
        }

        var caller = context.Caller();
        if (sessions.TryEnter(caller) is { } reason)
        {
            await (refuseAsync?.Invoke(reason)
                ?? Problem.RetryLaterAsync(context, StatusCodes.Status503ServiceUnavailable, "No new connection is taken.", reason, TimeSpan.FromSeconds(5)));
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
            sessions.Leave(caller);
        }
    }

    /// <summary>Says goodbye; what was sent before still arrives. Does nothing when the other side is gone.</summary>
    public static async Task CloseAsync(WebSocket socket, WebSocketCloseStatus status, string reason)
    {
        try
        {
            if (socket.State is WebSocketState.Open or WebSocketState.CloseReceived)
            {
                using var patience = new CancellationTokenSource(GoodbyePatience);
                await socket.CloseOutputAsync(status, reason, patience.Token);
            }
        }
        catch (Exception fault) when (fault is WebSocketException or OperationCanceledException)
        {
            // There is nobody left to say goodbye to.
            socket.Abort();
        }
    }

    /// <summary>
    /// After the goodbye: reads and drops until the other side has said it too, then lets go. A connection that is let go while bytes of
    /// the client are unread is reset, and the reset overtakes the goodbye and the last answers on the wire.
    /// </summary>
    /// <param name="reading">Whoever was reading: it reads on when it still runs.</param>
    public static async Task EndAsync(WebSocket socket, Task reading)
    {
        using var patience = new CancellationTokenSource(GoodbyePatience);
        var rest = reading.IsCompleted ? DrainAsync(socket, patience.Token) : reading;
        await Task.WhenAny(rest, Task.Delay(Timeout.Infinite, patience.Token));
        if (!rest.IsCompleted)
        {
            socket.Abort();
        }

        await rest.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private static async Task DrainAsync(WebSocket socket, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(4 << 10);
        try
        {
            while (socket.State == WebSocketState.CloseSent)
            {
                await socket.ReceiveAsync(buffer.AsMemory(), cancellationToken);
            }
        }
        catch (Exception fault) when (fault is WebSocketException or OperationCanceledException)
        {
            // It is gone without a goodbye.
            socket.Abort();
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
