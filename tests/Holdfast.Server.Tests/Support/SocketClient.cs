using System.Net.WebSockets;
using System.Text;
using System.Text.Json;

namespace Holdfast.Server.Tests.Support;

/// <summary>A real WebSocket client that reads when it is asked to, and not before.</summary>
internal sealed class SocketClient : IAsyncDisposable
{
    private readonly ClientWebSocket _socket = new();
    private readonly byte[] _buffer = new byte[1 << 20];

    public WebSocketState State => _socket.State;

    public static async Task<SocketClient> ConnectAsync(Uri address, Action<ClientWebSocketOptions>? configure = null)
    {
        var client = new SocketClient();
        configure?.Invoke(client._socket.Options);
        await client._socket.ConnectAsync(address, Deadline.Token());
        return client;
    }

    /// <summary>Tries to connect and returns the status that the server answered with instead.</summary>
    public static async Task<int> RefusedAsync(Uri address, Action<ClientWebSocketOptions>? configure = null)
    {
        using var socket = new ClientWebSocket();
        socket.Options.CollectHttpResponseDetails = true;
        configure?.Invoke(socket.Options);
        await Should.ThrowAsync<WebSocketException>(() => socket.ConnectAsync(address, Deadline.Token()));
        return (int)socket.HttpStatusCode;
    }

    public Task SendAsync(string text, CancellationToken? patience = null) => SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, patience);

    public Task SendAsync(byte[] bytes, WebSocketMessageType type, CancellationToken? patience = null) =>
        _socket.SendAsync(bytes, type, endOfMessage: true, patience ?? Deadline.Token());

    /// <summary>The next message, or null when the server closes.</summary>
    public async Task<JsonElement?> ReceiveAsync(CancellationToken? patience = null)
    {
        var (length, deadline) = (0, patience ?? Deadline.Token());
        while (true)
        {
            var part = await _socket.ReceiveAsync(_buffer.AsMemory(length), deadline);
            length += part.Count;
            if (part.MessageType == WebSocketMessageType.Close)
            {
                return null;
            }

            if (part.EndOfMessage)
            {
                return JsonDocument.Parse(_buffer.AsMemory(0, length).ToArray()).RootElement;
            }
        }
    }

    /// <summary>Reads what is still on its way, until the server closes; returns how it did.</summary>
    public async Task<(int Status, string? Reason)> ClosedAsync()
    {
        // One for all of it: signs of life come for ever.
        var patience = Deadline.Token();
        while (await ReceiveAsync(patience) is not null)
        {
        }

        return ((int)_socket.CloseStatus!.Value, _socket.CloseStatusDescription);
    }

    /// <summary>Reads until it is over, with a goodbye or without.</summary>
    public async Task EndedAsync()
    {
        try
        {
            await ClosedAsync();
        }
        catch (WebSocketException)
        {
            // Broken off.
        }
    }

    public Task CloseAsync() => _socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, "", Deadline.Token());

    /// <summary>Breaks the connection, as a lost network does.</summary>
    public void Abort() => _socket.Abort();

    public ValueTask DisposeAsync()
    {
        _socket.Abort();
        _socket.Dispose();
        return ValueTask.CompletedTask;
    }
}
