using System.Text.Json;

namespace Holdfast.Server.Tests.Support;

/// <summary>A watcher of one topic of the Realtime protocol, in its older serialization, which is text alone.</summary>
internal sealed class ChannelClient(SocketClient socket) : IAsyncDisposable
{
    /// <summary>The live frames that came, of the server's own topic and of what was published.</summary>
    public List<Frame> Frames { get; } = [];

    /// <summary>Sequence numbers of all events seen, as they came.</summary>
    public long[] Sequences => [.. Frames.Where(frame => frame.Type == "e").SelectMany(frame => frame.Sequences)];

    /// <summary>Connects, joins the topic, and waits until it is told that it has.</summary>
    public static async Task<ChannelClient> JoinAsync(TestServer server, string topic, string key = "any")
    {
        var socket = await SocketClient.ConnectAsync(server.WebSocketAddress($"/realtime/v1/websocket?apikey={key}&vsn=1.0.0"));
        await socket.SendAsync($$"""{"topic":"realtime:{{topic}}","event":"phx_join","payload":{"config":{"broadcast":{"self":false,"ack":false} } },"ref":"1","join_ref":"1"}""");
        var client = new ChannelClient(socket);
        var patience = Deadline.Token();
        while ((await client.ReadAsync(patience)).GetProperty("event").GetString() != "phx_reply")
        {
        }

        return client;
    }

    /// <summary>Joins the server's own live topic and reads until the snapshot is there.</summary>
    public static async Task<ChannelClient> GreetedAsync(TestServer server)
    {
        var client = await JoinAsync(server, "holdfast:live");
        await client.UntilAsync(frame => frame.Type == "s");
        return client;
    }

    /// <summary>Reads until a frame is right, and returns that one.</summary>
    public async Task<Frame> UntilAsync(Func<Frame, bool> isRight)
    {
        var patience = Deadline.Token();
        while (true)
        {
            var from = Frames.Count;
            await ReadAsync(patience);
            if (Frames.Skip(from).FirstOrDefault(isRight) is { } right)
            {
                return right;
            }
        }
    }

    /// <summary>Reads until an event with this sequence number was seen.</summary>
    public Task<Frame> UntilSequenceAsync(long sequence) => UntilAsync(frame => frame.Type == "e" && frame.Sequences.Contains(sequence));

    public ValueTask DisposeAsync() => socket.DisposeAsync();

    private async Task<JsonElement> ReadAsync(CancellationToken patience)
    {
        var message = (await socket.ReceiveAsync(patience)).ShouldNotBeNull("The server closed the connection.");
        if (message.GetProperty("event").GetString() == "broadcast")
        {
            var payload = message.GetProperty("payload").GetProperty("payload");
            Frames.AddRange(payload.TryGetProperty("frame", out var one) ? [new Frame(one)] : payload.GetProperty("frames").EnumerateArray().Select(frame => new Frame(frame)));
        }

        return message;
    }
}
