using System.Net;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using System.Threading.Channels;

namespace Bot;

/// <summary>
/// A chat of two rooms on a WebSocket server of its own: /kitchen and /hall. It wants a login, can throw everybody out, and can close its doors.
/// What the bot says in a room is heard here, one sentence after another.
/// </summary>
internal sealed class Chat : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly Dictionary<string, ChatRoom> _rooms = new(StringComparer.Ordinal) { ["kitchen"] = new(), ["hall"] = new() };

    private Chat(WebApplication app) => _app = app;

    public string Address => _app.Urls.Single().Replace("http://", "ws://", StringComparison.Ordinal);

    public ChatRoom Kitchen => _rooms["kitchen"];

    public ChatRoom Hall => _rooms["hall"];

    public static async Task<Chat> OpenAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var app = builder.Build();
        var chat = new Chat(app);
        app.UseWebSockets();
        app.Run(chat.EnterAsync);
        await app.StartAsync();
        return chat;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private Task EnterAsync(HttpContext context) => _rooms[context.Request.Path.Value!.Trim('/')].EnterAsync(context);
}

/// <summary>One room of the chat.</summary>
internal sealed class ChatRoom
{
    private readonly Channel<string> _said = Channel.CreateUnbounded<string>();
    private volatile WebSocket? _bot;

    /// <summary>Whether those who come are turned away.</summary>
    public bool IsClosed { get; set; }

    /// <summary>How often the bot was turned away.</summary>
    public int TurnedAway { get; private set; }

    /// <summary>Somebody says something, and everybody hears it.</summary>
    public Task SayAsync(string user, string text) =>
        _bot!.SendAsync(JsonSerializer.SerializeToUtf8Bytes(new { type = "chat", user, text }), WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);

    /// <summary>What the bot says next.</summary>
    public async Task<string> HearAsync(CancellationToken cancellationToken) => await _said.Reader.ReadAsync(cancellationToken);

    /// <summary>Pulls the plug: no goodbye, as when a network is gone.</summary>
    public void Cut() => _bot!.Abort();

    public async Task EnterAsync(HttpContext context)
    {
        if (IsClosed)
        {
            TurnedAway++;
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            return;
        }

        using var socket = await context.WebSockets.AcceptWebSocketAsync();
        try
        {
            await ServeAsync(socket, context.RequestAborted);
        }
        catch (Exception end) when (end is WebSocketException or OperationCanceledException)
        {
            Console.WriteLine("chat: somebody is gone without a goodbye");
        }
    }

    private async Task ServeAsync(WebSocket socket, CancellationToken cancellationToken)
    {
        var buffer = new byte[16 << 10];
        while (await socket.ReceiveAsync(buffer.AsMemory(), cancellationToken) is { MessageType: WebSocketMessageType.Text } received)
        {
            using var frame = JsonDocument.Parse(buffer.AsMemory(0, received.Count));
            if (frame.RootElement.GetProperty("type").GetString() == "login")
            {
                _bot = socket;
                var isRight = frame.RootElement.GetProperty("password").GetString() == "open sesame";
                await socket.SendAsync(Encoding.UTF8.GetBytes($$"""{"type":"login","ok":{{(isRight ? "true" : "false")}}}"""), WebSocketMessageType.Text, endOfMessage: true, cancellationToken);
            }
            else
            {
                var text = frame.RootElement.GetProperty("text").GetString()!;
                _said.Writer.TryWrite(frame.RootElement.TryGetProperty("to", out var user) ? $"(to {user}) {text}" : text);
            }
        }
    }
}
