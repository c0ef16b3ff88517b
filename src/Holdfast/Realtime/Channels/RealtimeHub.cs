using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using Holdfast.Realtime.Wire;

namespace Holdfast.Realtime.Channels;

/// <summary>
/// The topics of this process: who is in them, who is present, what was stored. A message is handed to the queue of each member, encoded
/// once in each form, and nobody is waited for.
/// </summary>
internal sealed class RealtimeHub(RealtimeOptions options, TimeProvider time) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<TopicKey, Topic> _topics = [];
    private readonly StoredMessages _stored = new(options.StoredBytesMax);

    // References of those who are present must not be those of a process before this one.
    private readonly string _refPrefix = Guid.NewGuid().ToString("N")[..8];
    private long _lastRef;
    private long _messages;
    private int _channels;

    /// <summary>Channels that are joined.</summary>
    public int Channels => Volatile.Read(ref _channels);

    /// <summary>Messages of clients that were handed on.</summary>
    public long Messages => Interlocked.Read(ref _messages);

    /// <summary>Enters a channel: from here on it gets what is sent to its topic.</summary>
    /// <returns>What it wants again of what was stored before.</returns>
    public IReadOnlyList<SharedMessage> Join(RealtimeChannel channel, ReplayRequest? replay)
    {
        lock (_gate)
        {
            var topic = TopicNeedsLock(channel.Topic);
            topic.Members = topic.Members.Add(channel);
            _channels++;
            return replay is null ? [] : _stored.Since(channel.Topic, replay, time.GetUtcNow());
        }
    }

    public void Leave(RealtimeChannel channel)
    {
        lock (_gate)
        {
            if (!_topics.TryGetValue(channel.Topic, out var topic) || !topic.Members.Contains(channel))
            {
                return;
            }

            topic.Members = topic.Members.Remove(channel);
            _channels--;
            if (topic.Presence.Untrack(channel))
            {
                TellLaterNeedsLock(topic);
            }

            ForgetNeedsLock(topic);
        }
    }

    /// <summary>Sends a message to all who listen.</summary>
    /// <param name="message">Its payload is copied: it may lie in memory that is used again.</param>
    /// <param name="except">Who does not get it.</param>
    /// <param name="store">For how long it is to be kept for those who come later; null: it is not.</param>
    public void Publish(TopicKey key, UserBroadcast message, RealtimeChannel? except = null, StoreRequest? store = null)
    {
        message = message with { Payload = message.Payload.ToArray(), Meta = default };
        Interlocked.Increment(ref _messages);
        ImmutableArray<RealtimeChannel> members;
        byte[] meta = [];
        lock (_gate)
        {
            if (store is not null && key.Private)
            {
                meta = _stored.Add(key, message, store.KeptFor, time.GetUtcNow());
            }

            members = _topics.TryGetValue(key, out var topic) ? topic.Members : [];
        }

        var shared = SharedMessage.Of(key.OnWire, message, meta);
        foreach (var member in members)
        {
            if (member != except && !member.Closed)
            {
                member.Queue.Message(member, shared);
            }
        }
    }

    /// <summary>Who is present, for a channel that has just come.</summary>
    public byte[] PresenceState(TopicKey key)
    {
        lock (_gate)
        {
            return _topics.TryGetValue(key, out var topic) ? topic.Presence.State() : [.. PhoenixPayloads.Empty.Span];
        }
    }

    /// <summary>Says that a channel is present.</summary>
    /// <returns>False: there is no room for another.</returns>
    public bool Track(RealtimeChannel channel, JsonElement said)
    {
        lock (_gate)
        {
            // It has left meanwhile, and would never be taken out again.
            if (channel.Closed)
            {
                return true;
            }

            var topic = TopicNeedsLock(channel.Topic);
            if ((!topic.Presence.Contains(channel) && topic.Presence.Count >= options.PresencesMax)
                || topic.Presence.SizeBytes + options.PresenceBytesMax > options.PresenceStateBytesMax)
            {
                return false;
            }

            if (topic.Presence.Track(channel, said))
            {
                TellLaterNeedsLock(topic);
            }

            return true;
        }
    }

    public void Untrack(RealtimeChannel channel)
    {
        lock (_gate)
        {
            if (_topics.TryGetValue(channel.Topic, out var topic) && topic.Presence.Untrack(channel))
            {
                TellLaterNeedsLock(topic);
            }
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            foreach (var topic in _topics.Values)
            {
                topic.Telling?.Dispose();
            }
        }
    }

    private Topic TopicNeedsLock(TopicKey key)
    {
        if (!_topics.TryGetValue(key, out var topic))
        {
            _topics[key] = topic = new Topic(key, new PresenceState(NextRefNeedsLock));
        }

        return topic;
    }

    private string NextRefNeedsLock() => string.Create(CultureInfo.InvariantCulture, $"{_refPrefix}{++_lastRef:x}");

    private void TellLaterNeedsLock(Topic topic) =>
        topic.Telling ??= time.CreateTimer(_ => TellPresence(topic), null, options.PresenceDelay, Timeout.InfiniteTimeSpan);

    private void TellPresence(Topic topic)
    {
        lock (_gate)
        {
            topic.Telling?.Dispose();
            topic.Telling = null;
            if (topic.Presence.Changed)
            {
                // Under the lock, so that whoever comes gets the state first, or this is in it.
                var diff = SharedMessage.Of(topic.Key.OnWire, "presence_diff", topic.Presence.TakeDiff());
                foreach (var member in topic.Members.Where(member => member.PresenceEnabled && !member.Closed))
                {
                    member.Queue.Control(diff);
                }
            }

            ForgetNeedsLock(topic);
        }
    }

    private void ForgetNeedsLock(Topic topic)
    {
        if (topic.Members.IsEmpty && topic.Telling is null)
        {
            _topics.Remove(topic.Key);
        }
    }

    private sealed class Topic(TopicKey key, PresenceState presence)
    {
        public TopicKey Key => key;

        public PresenceState Presence => presence;

        public ImmutableArray<RealtimeChannel> Members { get; set; } = [];

        public ITimer? Telling { get; set; }
    }
}
