using System.Net.WebSockets;
using Holdfast.Access;
using Holdfast.AspNetCore.Ingest;
using Holdfast.AspNetCore.Live;
using Holdfast.Realtime;
using Holdfast.Realtime.Channels;
using Microsoft.Extensions.Logging;

namespace Holdfast.AspNetCore.Realtime;

/// <summary>
/// The socket of one connection: what it reads goes to the connection, what the connection's queue has goes out, until either ends. Nothing is
/// read while a client does not take the answers that it has asked for.
/// </summary>
internal sealed class RealtimeSession(
    RealtimeServer server, RealtimeConnection connection, WebSocket socket, FrameReader frames, string id, ILogger<RealtimeSession> logger) : IDisposable
{
    private static readonly TimeSpan GoodbyePatience = TimeSpan.FromSeconds(2);

    private readonly CancellationTokenSource _end = new();
    private string _endReason = "the client left";
    private WebSocketCloseStatus _endStatus = WebSocketCloseStatus.NormalClosure;
    private ITimer? _leaving;
    private int _ending;

    public async Task RunAsync(CancellationToken requestAborted)
    {
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(_end.Token, requestAborted);
        server.Adapter.NoteConnected();
        logger.ClientConnected(id, server.Adapter.ConnectionCount);
        try
        {
            await ConverseAsync(linked.Token);
        }
        catch (Exception fault) when (fault is WebSocketException or OperationCanceledException)
        {
            _endReason = _end.IsCancellationRequested ? _endReason : "the connection broke";
        }
        finally
        {
            connection.Dispose();
            server.Adapter.NoteLeft();
            await Sockets.CloseAsync(socket, _endStatus, _endReason);
            logger.ClientLeft(id, _endReason);
            await connection.FeedsEnded;
        }
    }

    /// <summary>Closes channels whose rights have been taken back.</summary>
    public void EndRevoked() => connection.EndRevoked();

    /// <summary>Ends the session with 1012 after a delay; watchers of the live topic are told before when to come back.</summary>
    public void Leave(TimeSpan delay, TimeSpan retryAfter)
    {
        if (Interlocked.Exchange(ref _ending, 1) == 0)
        {
            (_endReason, _endStatus) = ("the server restarts", (WebSocketCloseStatus)1012);
            connection.Finish("the server restarts", retryAfter);
            _leaving = server.Time.CreateTimer(_ => connection.Queue.Finish(), null, delay, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>
    /// What the connection was opened with is not good any more: its channels are told, and nothing else goes out. Whoever has not ended
    /// by itself after that is broken off, at once when it is asked for again.
    /// </summary>
    public void Abort(Caller caller)
    {
        if (Interlocked.Exchange(ref _ending, 1) != 0)
        {
            _end.Cancel();
            return;
        }

        (_endReason, _endStatus) = ("what it was opened with is not good any more", WebSocketCloseStatus.PolicyViolation);
        var expired = caller.ExpiresAt <= server.Time.GetUtcNow();
        connection.EndAll(channel => expired ? "Token has expired 0 seconds ago" : RealtimeConnection.NoLonger(channel));
        _leaving = server.Time.CreateTimer(_ => BreakOff(), null, GoodbyePatience, Timeout.InfiniteTimeSpan);
    }

    private void BreakOff()
    {
        try
        {
            _end.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It has ended by itself in this moment.
        }
    }

    public void Dispose()
    {
        _leaving?.Dispose();
        _end.Dispose();
    }

    /// <summary>Sends and reads side by side. Whoever ends first ends the other, after the goodbye has gone out.</summary>
    private async Task ConverseAsync(CancellationToken cancellationToken)
    {
        var send = SendAsync(cancellationToken);
        var receive = ReceiveAsync(cancellationToken);
        var first = await Task.WhenAny(send, receive);
        await Sockets.CloseAsync(socket, _endStatus, _endReason);
        await Sockets.EndAsync(socket, receive);
        await _end.CancelAsync();
        await Task.WhenAll(send, receive).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await first;
    }

    private async Task SendAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var next = await connection.Queue.TakeAsync(cancellationToken);
            foreach (var frame in next)
            {
                await socket.SendAsync(frame.Bytes.AsMemory(), frame.Binary ? WebSocketMessageType.Binary : WebSocketMessageType.Text, endOfMessage: true, cancellationToken);
                server.Adapter.NoteDelivered(1);
            }

            if (connection.Queue.Overflowed)
            {
                (_endReason, _endStatus) = ("it did not read what must be delivered", (WebSocketCloseStatus)1013);
                server.Adapter.NoteClosed();
                return;
            }

            if (connection.Queue.Finished && next.Count == 0)
            {
                return;
            }
        }
    }

    private async Task ReceiveAsync(CancellationToken cancellationToken)
    {
        try
        {
            await frames.ReadAllAsync(connection.HandleAsync, connection.Queue.RoomAsync, cancellationToken);
        }
        catch (InvalidDataException tooLarge)
        {
            (_endReason, _endStatus) = (tooLarge.Message, WebSocketCloseStatus.MessageTooBig);
        }
        catch (BudgetUsedUpException)
        {
            (_endReason, _endStatus) = ("too much is arriving at once", (WebSocketCloseStatus)1013);
        }
    }
}
