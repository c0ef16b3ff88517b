using System.Buffers;
using System.Net;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace Holdfast.Server.Tests.Support;

/// <summary>A room on a real WebSocket server, in which the test is everybody else.</summary>
internal sealed class ChatRoom : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly Channel<ChatGuest> _guests = Channel.CreateUnbounded<ChatGuest>();

    private ChatRoom(WebApplication app) => _app = app;

    public int Port => new Uri(_app.Urls.Single()).Port;

    /// <summary>Guests that have come until now.</summary>
    public int Count { get; private set; }

    public static async Task<ChatRoom> OpenAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var app = builder.Build();
        var room = new ChatRoom(app);
        app.UseWebSockets();
        app.Run(room.ReceiveAsync);
        await app.StartAsync(Deadline.Token());
        return room;
    }

    /// <summary>The next who comes.</summary>
    public async Task<ChatGuest> GuestAsync() => await _guests.Reader.ReadAsync(Deadline.Token());

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync(new CancellationToken(canceled: true));
        await _app.DisposeAsync();
    }

    private async Task ReceiveAsync(HttpContext context)
    {
        using var socket = await context.WebSockets.AcceptWebSocketAsync();
        var guest = new ChatGuest(socket, $"{context.Request.Headers.Authorization}");
        Count++;
        _guests.Writer.TryWrite(guest);
        await guest.ListenAsync(context.RequestAborted);
    }
}

/// <summary>One who has come into the room: what they say is heard, and they hear what the test says.</summary>
internal sealed class ChatGuest(WebSocket socket, string authorization)
{
    private readonly Channel<JsonElement> _heard = Channel.CreateUnbounded<JsonElement>();

    public string Authorization => authorization;

    public Task SayAsync(string json) => socket.SendAsync(Encoding.UTF8.GetBytes(json), WebSocketMessageType.Text, endOfMessage: true, Deadline.Token());

    /// <summary>What they say next.</summary>
    public async Task<JsonElement> HearAsync() => await _heard.Reader.ReadAsync(Deadline.Token());

    /// <summary>Asks, and waits for what they say next.</summary>
    public async Task<JsonElement> AskAsync(string json)
    {
        await SayAsync(json);
        return await HearAsync();
    }

    public async Task ListenAsync(CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(64 << 10);
        try
        {
            while (await socket.ReceiveAsync(buffer.AsMemory(), cancellationToken) is { MessageType: WebSocketMessageType.Text } said)
            {
                _heard.Writer.TryWrite(JsonDocument.Parse(buffer.AsMemory(0, said.Count).ToArray()).RootElement);
            }
        }
        catch (Exception end) when (end is WebSocketException or OperationCanceledException)
        {
            // gone without a goodbye
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
