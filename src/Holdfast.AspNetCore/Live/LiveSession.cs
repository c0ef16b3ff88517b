using System.Buffers;
using System.Net.WebSockets;
using Holdfast.Monitoring;
using Microsoft.Extensions.Logging;

namespace Holdfast.AspNetCore.Live;

/// <summary>What every session shares.</summary>
internal sealed record LiveContext(
    Broadcaster Broadcaster, OutboxAdapter Adapter, EventLog Log, Overview Overview, ServiceStatus Status, Func<string> FlagsEtag, Watchers Watchers, TimeProvider Time, ILogger<LiveSession> Logger)
{
    /// <summary>Is told what a watcher measured of itself, after what it said before.</summary>
    public Action<WatcherReport, WatcherReport> Reported { get; init; } = (_, _) => { };
}

/// <summary>
/// One watcher of <c>/live</c>: its feed, begun before anything is read, then what the outbox has and what the watcher says side by side,
/// until either ends.
/// </summary>
internal sealed class LiveSession : IDisposable
{
    private const int ClientFrameBytesMax = 4_096;

    private readonly LiveContext _context;
    private readonly WebSocket _socket;
    private readonly string _connectionId;
    private readonly Watcher _watcher;
    private readonly LiveFeed _feed;
    private readonly LiveRequests _requests;
    private readonly CancellationTokenSource _end = new();
    private string _endReason = "the watcher left";
    private WebSocketCloseStatus _endStatus = WebSocketCloseStatus.NormalClosure;

    /// <param name="name">Whose key it is.</param>
    public LiveSession(LiveContext context, WebSocket socket, string connectionId, string name)
    {
        (_context, _socket, _connectionId) = (context, socket, connectionId);
        _feed = new LiveFeed(context, WriteAsync);
        _watcher = context.Watchers.Enter(name, context.Adapter.Name, () => _feed.Outbox.Dropped);
        _requests = new LiveRequests(context, _feed.Outbox, _watcher);
    }

    /// <param name="since">Where the watcher stood; empty for a new one.</param>
    public async Task RunAsync(LivePositions since, CancellationToken requestAborted)
    {
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(_end.Token, requestAborted);
        using var broken = linked.Token.UnsafeRegister(static socket => ((WebSocket)socket!).Abort(), _socket);
        try
        {
            _context.Logger.WatcherConnected(_connectionId, _context.Adapter.ConnectionCount + 1);
            await _feed.BeginAsync(since, linked.Token);
            await ConverseAsync(linked.Token);
        }
        catch (Exception fault) when (fault is WebSocketException or OperationCanceledException)
        {
            _endReason = _end.IsCancellationRequested ? _endReason : "the connection broke";
        }
        finally
        {
            _feed.Dispose();
            await Sockets.CloseAsync(_socket, _endStatus, _endReason);
            _context.Logger.WatcherLeft(_connectionId, _endReason);
        }
    }

    /// <summary>Ends the session with a reason; the watcher is told when to come back.</summary>
    public void End(string reason, WebSocketCloseStatus status, TimeSpan retryAfter)
    {
        (_endReason, _endStatus) = (reason, status);
        _feed.Outbox.Finish(LiveFrames.Bye(reason, retryAfter));
    }

    public void Dispose()
    {
        _context.Watchers.Leave(_watcher);
        _end.Dispose();
    }

    /// <summary>Breaks off a session that did not end by itself.</summary>
    public void Abort() => _end.Cancel();

    /// <summary>Sends and reads side by side. Whoever ends first ends the other, after the goodbye has gone out.</summary>
    private async Task ConverseAsync(CancellationToken cancellationToken)
    {
        var send = SendAsync(cancellationToken);
        var receive = ReceiveAsync(cancellationToken);
        var first = await Task.WhenAny(send, receive);
        await Sockets.CloseAsync(_socket, _endStatus, _endReason);
        await Sockets.EndAsync(_socket, receive);
        await _end.CancelAsync();
        await Task.WhenAll(send, receive).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await first;
    }

    private async Task SendAsync(CancellationToken cancellationToken)
    {
        await _feed.SendAsync(cancellationToken);
        if (_feed.Outbox.Overflowed)
        {
            (_endReason, _endStatus) = ("it did not read what must be delivered", (WebSocketCloseStatus)1013);
            _context.Adapter.NoteClosed();
        }
    }

    private async Task ReceiveAsync(CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(ClientFrameBytesMax);
        try
        {
            while (true)
            {
                var length = 0;
                ValueWebSocketReceiveResult part;
                do
                {
                    part = await _socket.ReceiveAsync(buffer.AsMemory(length, ClientFrameBytesMax - length), cancellationToken);
                    length += part.Count;
                }
                while (!part.EndOfMessage && length < ClientFrameBytesMax);

                if (part.MessageType == WebSocketMessageType.Close)
                {
                    return;
                }

                if (!part.EndOfMessage)
                {
                    (_endReason, _endStatus) = ("it sent a frame that is too large", WebSocketCloseStatus.MessageTooBig);
                    return;
                }

                _requests.Handle(buffer.AsMemory(0, length));
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private async ValueTask WriteAsync(byte[] frame, CancellationToken cancellationToken)
    {
        // A token that can be cancelled takes a longer way in the socket, for each frame; cancelled, it would break the connection off as well.
        cancellationToken.ThrowIfCancellationRequested();
        await _socket.SendAsync(frame.AsMemory(), WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);
        _context.Adapter.NoteDelivered(1);
    }
}
