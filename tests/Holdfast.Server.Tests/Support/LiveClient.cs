namespace Holdfast.Server.Tests.Support;

/// <summary>A watcher of <c>/live</c>.</summary>
internal sealed class LiveClient(SocketClient socket) : IAsyncDisposable
{
    /// <summary>Everything that has been read.</summary>
    public List<Frame> Seen { get; } = [];

    /// <summary>Where this watcher stands: behind the events it has seen.</summary>
    public string? Cursor { get; private set; }

    public SocketClient Socket => socket;

    public static async Task<LiveClient> ConnectAsync(TestServer server, string? since = null) =>
        new(await SocketClient.ConnectAsync(server.WebSocketAddress(since is null ? "/live" : $"/live?since={since}"))) { Cursor = since };

    /// <summary>Connects and reads until the snapshot is there.</summary>
    public static async Task<LiveClient> GreetedAsync(TestServer server, string? since = null)
    {
        var client = await ConnectAsync(server, since);
        await client.UntilAsync(frame => frame.Type == "s");
        return client;
    }

    public async Task<Frame> NextAsync(CancellationToken? patience = null)
    {
        var json = await socket.ReceiveAsync(patience);
        var frame = new Frame(json.ShouldNotBeNull("The server closed the connection."));
        Seen.Add(frame);
        Cursor = frame.Type switch
        {
            "h" => Cursor ?? frame[1].GetProperty("cursor").GetString(),
            "e" => frame[1].GetString(),
            _ => Cursor,
        };
        return frame;
    }

    /// <summary>Reads until a frame is right, and returns that one.</summary>
    public async Task<Frame> UntilAsync(Func<Frame, bool> isRight)
    {
        var patience = Deadline.Token();
        while (true)
        {
            var frame = await NextAsync(patience);
            if (isRight(frame))
            {
                return frame;
            }
        }
    }

    public Task<Frame> UntilAsync(string type) => UntilAsync(frame => frame.Type == type);

    /// <summary>Reads until an event with this sequence number was seen.</summary>
    public Task<Frame> UntilSequenceAsync(long sequence) => UntilAsync(frame => frame.Type == "e" && frame.Sequences.Contains(sequence));

    /// <summary>Sequence numbers of all events seen, as they came.</summary>
    public long[] Sequences => [.. Seen.Where(frame => frame.Type == "e").SelectMany(frame => frame.Sequences)];

    public Task SendAsync(string text) => socket.SendAsync(text);

    public ValueTask DisposeAsync() => socket.DisposeAsync();
}
