using Holdfast.Realtime.Changes;
using Holdfast.Realtime.Wire;

namespace Holdfast.Realtime.Channels;

/// <summary>One client in one topic, from its join until it leaves. What it wants does not change meanwhile; what it may, does.</summary>
internal sealed class RealtimeChannel(TopicKey topic, string? joinRef, ConnectionQueue queue) : IDisposable
{
    private volatile bool _closed;

    public TopicKey Topic => topic;

    /// <summary>Tells this join from one before it.</summary>
    public string? JoinRef => joinRef;

    public ConnectionQueue Queue => queue;

    public bool Ack { get; init; }

    public bool Self { get; init; }

    public bool PresenceEnabled { get; init; }

    public required string PresenceKey { get; init; }

    /// <summary>The client names changes by their kind, and not by the number of its entries.</summary>
    public bool Legacy { get; init; }

    public IReadOnlyList<ChangeBinding> Bindings { get; init; } = [];

    /// <summary>How often it says that it is present.</summary>
    public required RateBucket PresenceCalls { get; init; }

    /// <summary>What it has shown last; null: what the connection was opened with.</summary>
    public string? Token { get; set; }

    public required RealtimeRights Rights { get; set; }

    /// <summary>Who joined: what it holds is counted as theirs, whatever token is shown later.</summary>
    public string Owner { get; init; } = "";

    /// <summary>Ends it with its rights.</summary>
    public IDisposable? Expiry { get; set; }

    /// <summary>The feed of the live topic.</summary>
    public ILiveChannel? Live { get; set; }

    /// <summary>It has been told that it must not send.</summary>
    public bool WarnedOfWriting { get; set; }

    /// <summary>It has left: nothing more is sent to it.</summary>
    public bool Closed => _closed;

    public void Reply(string? reference, ReadOnlyMemory<byte> payload) => Control(reference, "phx_reply", payload);

    public void Control(string? reference, string name, ReadOnlyMemory<byte> payload) =>
        queue.Control(new ServerMessage(joinRef, reference, topic.OnWire, name, payload));

    /// <summary>Tells it something that it has not asked for.</summary>
    public void Tell(string name, ReadOnlyMemory<byte> payload) => queue.Control(new ServerMessage(null, null, topic.OnWire, name, payload));

    /// <summary>Tells it about itself.</summary>
    public void System(string message, bool good, string extension = "system") => Tell("system", PhoenixPayloads.System(message, good, extension, topic.Name));

    public SharedMessage DroppedNotice(long count) => SharedMessage.Of(
        topic.OnWire,
        "system",
        PhoenixPayloads.System($"{count} messages did not arrive: they came too fast, or are not in the log any more", good: false, Bindings.Count > 0 ? "postgres_changes" : "system", topic.Name));

    /// <summary>After it nothing more is sent to it.</summary>
    public void Close() => _closed = true;

    public void Dispose()
    {
        Close();
        Expiry?.Dispose();
        Live?.Dispose();
    }
}

/// <summary>The live topic: what <c>/live</c> sends, within broadcasts.</summary>
internal interface ILiveTopic
{
    /// <summary>Its name without <c>realtime:</c>.</summary>
    string Name { get; }

    /// <summary>Whether this is a place in the log.</summary>
    bool IsCursor(string text);

    /// <summary>Starts to feed a channel.</summary>
    /// <param name="since">A cursor; null: from now on.</param>
    /// <param name="broke">Called when the feed cannot go on.</param>
    ILiveChannel Open(RealtimeChannel channel, string? since, Action<string> broke);
}

/// <summary>A channel's feed. Disposed when the channel leaves.</summary>
internal interface ILiveChannel : IDisposable
{
    /// <summary>Done when nothing of it runs any more: some time after it was disposed. Does not fail.</summary>
    Task Ended { get; }

    /// <summary>A frame of the client.</summary>
    void Handle(ReadOnlyMemory<byte> frame);

    /// <summary>The last frame: when to come back.</summary>
    void Finish(string reason, TimeSpan retryAfter);
}
