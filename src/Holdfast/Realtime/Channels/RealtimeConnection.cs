using System.Text.Json;
using Holdfast.Realtime.Changes;
using Holdfast.Realtime.Wire;

namespace Holdfast.Realtime.Channels;

/// <summary>
/// One connection: what it sends decides which channels it is in, and its queue has what goes back. Frames are handled one after another;
/// tokens that end and keys that are revoked come in between, from other threads. Nothing here waits for the network.
/// </summary>
/// <param name="rights">Of whoever opened the connection; channels with a token have others.</param>
internal sealed class RealtimeConnection(
    RealtimeServer server, ITokenJudge judge, ILiveTopic? live, PhoenixSerializer serializer, RealtimeRights rights) : IDisposable
{
    // A timer waits 49 days at most.
    private static readonly TimeSpan WaitMax = TimeSpan.FromDays(40);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, RealtimeChannel> _channels = new(StringComparer.Ordinal);
    private readonly JoinGate _joins = new(server, judge, live, rights);
    private ChannelSpeech? _speech;
    private Task _feeds = Task.CompletedTask;
    private bool _closed;

    public ConnectionQueue Queue { get; } = new(serializer, server.Adapter.NoteDropped);

    /// <summary>Done when nothing runs any more for it; to be asked after it was disposed.</summary>
    public Task FeedsEnded
    {
        get { lock (_gate) return _feeds; }
    }

    /// <summary>The channels it is in.</summary>
    public int Channels
    {
        get { lock (_gate) return _channels.Count; }
    }

    /// <summary>Takes a frame. One that cannot be read is passed over, and counted.</summary>
    public async ValueTask HandleAsync(ReadOnlyMemory<byte> frame, bool binary, CancellationToken cancellationToken)
    {
        if (serializer.Read(frame, binary) is not { } message)
        {
            server.NoteMalformed();
            return;
        }

        try
        {
            await HandleAsync(message, cancellationToken);
        }
        catch (Exception fault) when (fault is InvalidOperationException or JsonException)
        {
            // A name with half of a surrogate pair is noticed only when it is read, and a nesting that is too deep only in a document.
            server.NoteMalformed();
        }
    }

    /// <summary>What a channel is told that must not listen any more.</summary>
    public static string NoLonger(RealtimeChannel channel) => $"You no longer have permission to read from this Channel topic: {channel.Topic.Name}";

    /// <summary>Closes the channels of those who must not listen any more.</summary>
    public void EndRevoked()
    {
        RealtimeChannel[] ended;
        lock (_gate)
        {
            ended = [.. _channels.Values.Where(channel => !channel.Rights.IsStillGood())];
        }

        foreach (var channel in ended)
        {
            Break(channel, NoLonger(channel));
        }
    }

    /// <summary>Tells every channel why it ends, and that nothing follows; what waited for it is dropped.</summary>
    public void EndAll(Func<RealtimeChannel, string> reason)
    {
        lock (_gate)
        {
            _closed = true; // whoever joins again before the connection has ended is not let in
        }

        Queue.DropMessages();
        foreach (var channel in Snapshot())
        {
            Break(channel, reason(channel));
        }

        Queue.Finish();
    }

    /// <summary>Says goodbye: the live topic is told when to come back.</summary>
    public void Finish(string reason, TimeSpan retryAfter)
    {
        foreach (var channel in Snapshot())
        {
            channel.Live?.Finish(reason, retryAfter);
        }
    }

    /// <summary>Leaves every channel.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _closed = true;
        }

        foreach (var channel in Snapshot())
        {
            Remove(channel);
        }
    }

    // Called under the lock. One that has left may still be at its last query when its client joins anew.
    private ILiveChannel OpenFeed(RealtimeChannel channel, string? since)
    {
        var feed = live!.Open(channel, since, reason => Break(channel, reason));
        _feeds = _feeds.IsCompleted ? feed.Ended : Task.WhenAll(_feeds, feed.Ended);
        return feed;
    }

    private ValueTask HandleAsync(ClientMessage message, CancellationToken cancellationToken)
    {
        switch (message)
        {
            case { Topic: "phoenix", Event: "heartbeat" }:
                Reply(message, PhoenixPayloads.Ok);
                return ValueTask.CompletedTask;
            case { Event: "phx_join" } when message.Topic.StartsWith(TopicKey.Prefix, StringComparison.Ordinal):
                return JoinAsync(message, cancellationToken);
        }

        if (Find(message.Topic) is not { } channel)
        {
            Reply(message, message.Event == "phx_leave" ? PhoenixPayloads.Ok : PhoenixPayloads.Error("unmatched topic"));
            return ValueTask.CompletedTask;
        }

        // Of a join before this one: whoever sent it has been told that it has ended.
        return message.JoinRef is { } joinRef && joinRef != channel.JoinRef ? ValueTask.CompletedTask : HandleAsync(channel, message, cancellationToken);
    }

    private ValueTask HandleAsync(RealtimeChannel channel, ClientMessage message, CancellationToken cancellationToken)
    {
        switch (message.Event)
        {
            case "phx_leave":
                channel.Reply(message.Ref, PhoenixPayloads.Ok);
                Close(channel);
                break;
            case "access_token":
                return RefreshAsync(channel, message, cancellationToken);
            case "broadcast":
                Speech.Broadcast(channel, message);
                break;
            case "presence":
                Speech.Presence(channel, message);
                break;
        }

        return ValueTask.CompletedTask;
    }

    private async ValueTask JoinAsync(ClientMessage message, CancellationToken cancellationToken)
    {
        using var document = message.Broadcast is null ? JsonDocument.Parse(message.Payload) : throw new JsonException("A join is text.");
        var request = JoinRequest.Read(document.RootElement);
        var name = message.Topic[TopicKey.Prefix.Length..];
        var (granted, fault) = await _joins.AdmitAsync(name, message.Payload.Length, request, cancellationToken);
        if (granted is null || (fault = Enter(message, new TopicKey(name, request.Private), request, granted)) is not null)
        {
            server.NoteJoin(refused: true);
            await DelayAsync(server.Options.JoinErrorDelay, cancellationToken);
            Reply(message, PhoenixPayloads.Error(fault!), message.JoinRef ?? message.Ref);
        }
    }

    /// <summary>Enters a channel; the answer and what follows it is in the queue.</summary>
    /// <returns>Why not; null: it is entered.</returns>
    private string? Enter(ClientMessage message, TopicKey topic, JoinRequest request, RealtimeRights granted)
    {
        var isLive = topic.Name == live?.Name;
        var wanted = WantedChanges.Read(topic, request with { Legacy = request.Legacy && !isLive });
        if (request.Wait && wanted.Fault is { } fault)
        {
            return $"RealtimeDisabledForConfiguration: {fault}";
        }

        var channel = new RealtimeChannel(topic, message.JoinRef ?? message.Ref, Queue)
        {
            Ack = request.Ack,
            Self = request.Self,
            PresenceEnabled = request.PresenceEnabled,
            PresenceKey = request.PresenceKey.Length > 0 ? request.PresenceKey : Guid.NewGuid().ToString(),
            Legacy = wanted.Legacy,
            Bindings = wanted.Bindings,
            PresenceCalls = new RateBucket(server.Options.PresenceCallsMax, server.Options.PresenceWindow),
            Token = request.Token,
            Rights = granted,
            Owner = granted.Who,
        };

        // In one piece: whoever ends channels meanwhile finds this one either whole or not at all.
        lock (_gate)
        {
            if (RoomFor(topic, granted.Who, wanted) is { } full)
            {
                channel.Dispose();
                return full;
            }

            _channels[topic.OnWire] = channel;
            var replayed = server.Hub.Join(channel, request.Replay);
            server.Changes.Add(channel);
            channel.Reply(message.Ref, PhoenixPayloads.Reply(wanted.WriteAnswer));
            Greet(channel, request, wanted, replayed);
            channel.Live = isLive ? OpenFeed(channel, request.Since) : null;
            EndWithRights(channel);
        }

        server.NoteJoin(refused: false);
        if (!granted.IsStillGood())
        {
            EndRevoked(); // taken back between the judgement and here
        }

        return null;
    }

    /// <summary>Makes room for a channel: one of the same topic ends, and the client is told so.</summary>
    private string? RoomFor(TopicKey topic, string owner, WantedChanges wanted)
    {
        if (_channels.GetValueOrDefault(topic.OnWire) is { } before)
        {
            Close(before);
        }

        return _closed ? "RealtimeRestarting: Realtime is restarting, please standby"
            : _channels.Count >= server.Options.ChannelsMax ? "ChannelRateLimitReached: Too many channels"
            : server.Changes.FaultOfRoom(owner, wanted.Bindings, server.Options) is { } full ? $"RealtimeDisabledForConfiguration: {full}"
            : null;
    }

    /// <summary>What follows the answer to a join.</summary>
    private void Greet(RealtimeChannel channel, JoinRequest request, WantedChanges wanted, IReadOnlyList<SharedMessage> replayed)
    {
        if (wanted.Any)
        {
            channel.System(wanted.Fault ?? "Subscribed to PostgreSQL", good: wanted.Fault is null, "postgres_changes");
        }

        if (request.ReplicationReady)
        {
            channel.System("Replication connection established", good: true);
        }

        if (channel.PresenceEnabled)
        {
            channel.Tell("presence_state", server.Hub.PresenceState(channel.Topic));
        }

        foreach (var message in replayed)
        {
            Queue.Message(channel, message);
        }
    }

    /// <summary>Ends a channel when the token ends that it was entered with. What the connection was opened with ends the connection.</summary>
    private void EndWithRights(RealtimeChannel channel)
    {
        channel.Expiry?.Dispose();
        channel.Expiry = null;
        if (channel.Token is null || channel.Rights.ExpiresAt is not { } at)
        {
            return;
        }

        var wait = at - server.Time.GetUtcNow();
        channel.Expiry = server.Time.CreateTimer(
            _ => Break(channel, "Token has expired 0 seconds ago"), null, wait < TimeSpan.Zero ? TimeSpan.Zero : wait < WaitMax ? wait : WaitMax, Timeout.InfiniteTimeSpan);
    }

    private async ValueTask RefreshAsync(RealtimeChannel channel, ClientMessage message, CancellationToken cancellationToken)
    {
        using var document = JsonDocument.Parse(message.Payload);
        if (JoinRequest.TokenOf(document.RootElement) is not { } token || token == channel.Token)
        {
            return;
        }

        var verdict = await judge.JudgeAsync(token, cancellationToken);
        if (verdict.Rights is not { MayRead: true } granted)
        {
            Break(channel, verdict.Rights is null ? verdict.Message : NoLonger(channel));
            return;
        }

        lock (_gate)
        {
            (channel.Token, channel.Rights) = (token, granted);
            if (!channel.Closed)
            {
                EndWithRights(channel);
            }
        }

        if (!granted.IsStillGood())
        {
            EndRevoked(); // taken back between the judgement and here
        }
    }

    /// <summary>Ends a channel that may be entered again: the client does so by itself. Whoever closes it for good gets no second try.</summary>
    private void Break(RealtimeChannel channel, string reason)
    {
        if (Remove(channel))
        {
            channel.System(reason, good: false);
            channel.Control(channel.JoinRef, "phx_error", PhoenixPayloads.Crashed);
        }
    }

    /// <summary>Ends a channel that the client does not want any more.</summary>
    private void Close(RealtimeChannel channel)
    {
        if (Remove(channel))
        {
            channel.Control(channel.JoinRef, "phx_close", PhoenixPayloads.Empty);
        }
    }

    private bool Remove(RealtimeChannel channel)
    {
        lock (_gate)
        {
            if (_channels.GetValueOrDefault(channel.Topic.OnWire) != channel)
            {
                return false;
            }

            _channels.Remove(channel.Topic.OnWire);
            channel.Dispose();
            server.Hub.Leave(channel);
            server.Changes.Remove(channel);
            return true;
        }
    }

    private ChannelSpeech Speech => _speech ??= new ChannelSpeech(server, Break);

    private RealtimeChannel? Find(string topic)
    {
        lock (_gate)
        {
            return _channels.GetValueOrDefault(topic);
        }
    }

    private RealtimeChannel[] Snapshot()
    {
        lock (_gate)
        {
            return [.. _channels.Values];
        }
    }

    private void Reply(ClientMessage message, ReadOnlyMemory<byte> payload, string? joinRef = null) =>
        Queue.Control(new ServerMessage(joinRef, message.Ref, message.Topic, "phx_reply", payload));

    private ValueTask DelayAsync(TimeSpan delay, CancellationToken cancellationToken) =>
        delay == TimeSpan.Zero ? ValueTask.CompletedTask : new ValueTask(Task.Delay(delay, server.Time, cancellationToken));
}
