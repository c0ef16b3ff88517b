using System.Net.WebSockets;
using System.Text;
using System.Text.Json;

namespace Holdfast.Server.Tests.Support;

/// <summary>A client of the Realtime protocol by its frames, in the newer form.</summary>
internal sealed class RealtimeWire(SocketClient socket) : IAsyncDisposable
{
    public SocketClient Socket => socket;

    /// <param name="query">Of the address, beside the version.</param>
    public static async Task<RealtimeWire> ConnectAsync(TestServer server, string query = "apikey=any") =>
        new(await SocketClient.ConnectAsync(server.WebSocketAddress($"/realtime/v1/websocket?{query}&vsn=2.0.0")));

    /// <summary>Enters a channel and reads until it is let in.</summary>
    public async Task JoinAsync(string topic, string config = "{}", string more = "")
    {
        await SendAsync("1", "1", topic, "phx_join", $$"""{"config":{{config}}{{more}}}""");
        (await UntilAsync(message => message.Event == "phx_reply")).Payload.GetProperty("status").GetString().ShouldBe("ok");
    }

    public Task SendAsync(string? joinRef, string reference, string topic, string name, string payload) =>
        socket.SendAsync($"""[{(joinRef is null ? "null" : $"\"{joinRef}\"")},"{reference}","{topic}","{name}",{payload}]""");

    /// <summary>Reads until a message is right. Broadcasts come in frames of their own and are not among these.</summary>
    public async Task<WireMessage> UntilAsync(Func<WireMessage, bool> isRight)
    {
        var patience = Deadline.Token();
        while (true)
        {
            var message = new WireMessage((await socket.ReceiveAsync(patience)).ShouldNotBeNull("The server closed the connection."));
            if (isRight(message))
            {
                return message;
            }
        }
    }

    public ValueTask DisposeAsync() => socket.DisposeAsync();

    /// <summary>A push of a broadcast as a binary frame.</summary>
    public static byte[] Push(string topic, string name, byte[] payload, bool isJson = true) =>
        [3, 1, 1, (byte)Encoding.UTF8.GetByteCount(topic), (byte)Encoding.UTF8.GetByteCount(name), 0, isJson ? (byte)1 : (byte)0, .. "12"u8, .. Encoding.UTF8.GetBytes(topic + name), .. payload];

    public Task PushAsync(string topic, string name, byte[] payload) => socket.SendAsync(Push(topic, name, payload), WebSocketMessageType.Binary);
}

/// <summary>A text message of the newer form.</summary>
internal readonly record struct WireMessage(JsonElement Json)
{
    public string Topic => Json[2].GetString()!;

    public string Event => Json[3].GetString()!;

    public JsonElement Payload => Json[4];

    public override string ToString() => Json.GetRawText();
}
