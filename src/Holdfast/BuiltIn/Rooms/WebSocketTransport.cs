using System.Net.WebSockets;

namespace Holdfast.BuiltIn.Rooms;

/// <summary>
/// Connections by WebSocket. A ping finds out that the other side is gone without a word. Redirections are not followed, and no proxy of this
/// process is used: the headers are for whom they were written.
/// </summary>
internal sealed class WebSocketTransport : IRoomTransport
{
    public async Task<IRoomSocket> ConnectAsync(Uri address, RoomOptions room, CancellationToken cancellationToken)
    {
        var socket = new ClientWebSocket();
        try
        {
            Configure(socket.Options, room);
            await socket.ConnectAsync(address, cancellationToken);
            return new Socket(socket, room.FrameBytesMax);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static void Configure(ClientWebSocketOptions options, RoomOptions room)
    {
        options.Proxy = null;
        options.KeepAliveInterval = room.Ping ?? Timeout.InfiniteTimeSpan;
        options.KeepAliveTimeout = room.Ping * 2 ?? Timeout.InfiniteTimeSpan;
        foreach (var (name, value) in room.Headers)
        {
            options.SetRequestHeader(name, value);
        }
    }

    /// <summary>Reads whole frames into one buffer, which grows up to the largest frame.</summary>
    private sealed class Socket(ClientWebSocket socket, int frameBytesMax) : IRoomSocket
    {
        private const int FirstBytes = 4 << 10;

        private static readonly TimeSpan GoodbyePatience = TimeSpan.FromSeconds(1);

        private byte[] _buffer = new byte[Math.Min(FirstBytes, frameBytesMax)];

        public async ValueTask<RoomFrame> ReceiveAsync(CancellationToken cancellationToken)
        {
            var (length, isTooLarge) = (0, false);
            while (true)
            {
                if (length == _buffer.Length && !TryGrow())
                {
                    (length, isTooLarge) = (0, true);
                }

                var part = await socket.ReceiveAsync(_buffer.AsMemory(length), cancellationToken);
                if (part.MessageType == WebSocketMessageType.Close)
                {
                    throw new RoomLostException($"The other side has closed the connection: {(int?)socket.CloseStatus} {socket.CloseStatusDescription}".TrimEnd());
                }

                length = isTooLarge ? 0 : length + part.Count;
                if (part.EndOfMessage)
                {
                    return new RoomFrame(_buffer.AsMemory(0, length), isTooLarge);
                }
            }
        }

        public ValueTask SendAsync(ReadOnlyMemory<byte> frame, CancellationToken cancellationToken) =>
            socket.SendAsync(frame, WebSocketMessageType.Text, endOfMessage: true, cancellationToken);

        public async ValueTask CloseAsync()
        {
            try
            {
                if (socket.State is WebSocketState.Open or WebSocketState.CloseReceived)
                {
                    using var patience = new CancellationTokenSource(GoodbyePatience);
                    await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, "", patience.Token);
                }
            }
            catch (Exception fault) when (fault is WebSocketException or OperationCanceledException or ObjectDisposedException)
            {
                // There is nobody left to say goodbye to.
                socket.Abort();
            }
        }

        public ValueTask DisposeAsync()
        {
            socket.Dispose();
            return ValueTask.CompletedTask;
        }

        private bool TryGrow()
        {
            if (_buffer.Length >= frameBytesMax)
            {
                return false;
            }

            Array.Resize(ref _buffer, Math.Min(_buffer.Length * 2, frameBytesMax));
            return true;
        }
    }
}
