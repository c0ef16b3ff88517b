using System.Text;
using System.Text.Json;
using Holdfast.Realtime;
using Holdfast.Realtime.Channels;
using Holdfast.Realtime.Wire;
using Holdfast.Testing;

namespace Holdfast.Tests.Support;

/// <summary>The protocol without sockets: what a client sends is handled at once, and what goes back is taken from its queue.</summary>
internal sealed class RealtimeRig : IDisposable
{
    private readonly List<RealtimeClient> _clients = [];

    public RealtimeRig(RealtimeOptions? options = null) => Server = new RealtimeServer(() => options ?? new RealtimeOptions(), Time);

    public ManualTimeProvider Time { get; } = new(new DateTimeOffset(2026, 8, 21, 10, 0, 0, TimeSpan.Zero));

    public RealtimeServer Server { get; }

    public TrialJudge Judge { get; } = new();

    public TrialLiveTopic Live { get; } = new();

    public static RealtimeRights Anybody => new("anybody", "anybody", MayRead: true, MayBroadcast: true, ExpiresAt: null, () => true);

    public RealtimeClient Connect(PhoenixSerializer? serializer = null, RealtimeRights? rights = null)
    {
        serializer ??= PhoenixSerializer.V2;
        var client = new RealtimeClient(new RealtimeConnection(Server, Judge, Live, serializer, rights ?? Anybody), serializer);
        _clients.Add(client);
        return client;
    }

    /// <summary>A client that has joined a topic, and has read what it was told for that.</summary>
    public async Task<RealtimeClient> JoinedAsync(string topic = "realtime:a", string config = "{}", PhoenixSerializer? serializer = null, RealtimeRights? rights = null)
    {
        var client = Connect(serializer, rights);
        await client.JoinAsync(topic, config);
        client.Take().ShouldContain(frame => frame.Contains("\"status\":\"ok\""));
        return client;
    }

    public void Dispose()
    {
        foreach (var client in _clients)
        {
            client.Connection.Dispose();
        }

        Server.Dispose();
    }
}

/// <summary>A client of the protocol, by its frames.</summary>
internal sealed class RealtimeClient(RealtimeConnection connection, PhoenixSerializer serializer)
{
    public RealtimeConnection Connection => connection;

    public ValueTask SendAsync(string text) => connection.HandleAsync(Encoding.UTF8.GetBytes(text), binary: false, CancellationToken.None);

    public ValueTask SendAsync(byte[] bytes) => connection.HandleAsync(bytes, binary: true, CancellationToken.None);

    public ValueTask JoinAsync(string topic = "realtime:a", string config = "{}", string joinRef = "6", string more = "") =>
        PushAsync(joinRef, joinRef, topic, "phx_join", $$"""{"config":{{config}}{{more}}}""");

    /// <summary>Sends a message as text in the client's serialization.</summary>
    public ValueTask PushAsync(string? joinRef, string reference, string topic, string name, string payload)
    {
        var (joined, topicText) = (joinRef is null ? "null" : $"\"{joinRef}\"", JsonSerializer.Serialize(topic));
        return SendAsync(serializer == PhoenixSerializer.V1
            ? $$"""{"topic":{{topicText}},"event":"{{name}}","payload":{{payload}},"ref":"{{reference}}","join_ref":{{joined}}}"""
            : $$"""[{{joined}},"{{reference}}",{{topicText}},"{{name}}",{{payload}}]""");
    }

    /// <summary>What has been sent to it since it was last asked: texts, and binary frames as hexadecimal digits.</summary>
    public List<string> Take() => [.. TakeFrames().Select(frame => frame.Binary ? Convert.ToHexStringLower(frame.Bytes) : Encoding.UTF8.GetString(frame.Bytes))];

    public List<RealtimeFrame> TakeFrames()
    {
        using var atOnce = new CancellationTokenSource();
        var frames = new List<RealtimeFrame>();
        while (true)
        {
            var next = connection.Queue.TakeAsync(atOnce.Token);
            if (!next.IsCompleted)
            {
                // Whoever waits gets nothing any more.
                atOnce.Cancel();
                return frames;
            }

            var taken = next.Result;
            frames.AddRange(taken);
            if (taken.Count == 0)
            {
                return frames;
            }
        }
    }
}

/// <summary>Judges tokens by their text.</summary>
internal sealed class TrialJudge : ITokenJudge
{
    public Dictionary<string, TokenVerdict> Verdicts { get; } = new(StringComparer.Ordinal);

    public ValueTask<TokenVerdict> JudgeAsync(string token, CancellationToken cancellationToken) =>
        ValueTask.FromResult(Verdicts.GetValueOrDefault(token, new TokenVerdict(null, "MalformedJWT", "The token provided is not a valid JWT")));
}

/// <summary>A live topic that writes down what is asked of it.</summary>
internal sealed class TrialLiveTopic : ILiveTopic
{
    public List<string> Told { get; } = [];

    public string Name => "holdfast:live";

    public bool IsCursor(string text) => text.StartsWith("cursor", StringComparison.Ordinal);

    public ILiveChannel Open(RealtimeChannel channel, string? since, Action<string> broke)
    {
        Told.Add($"open {since ?? "now"}");
        return new Channel(Told);
    }

    private sealed class Channel(List<string> told) : ILiveChannel
    {
        public Task Ended => Task.CompletedTask;

        public void Handle(ReadOnlyMemory<byte> frame) => told.Add(Encoding.UTF8.GetString(frame.Span));

        public void Finish(string reason, TimeSpan retryAfter) => told.Add($"bye {reason}");

        public void Dispose() => told.Add("closed");
    }
}
