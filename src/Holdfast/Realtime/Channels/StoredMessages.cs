using System.Text;
using Holdfast.Realtime.Wire;

namespace Holdfast.Realtime.Channels;

/// <summary>
/// Messages that their senders wanted stored, for those who come later: the newest of each private topic, for as long as the process lives.
/// Bounded in bytes over all topics, the oldest leave first. For one caller at a time.
/// </summary>
internal sealed class StoredMessages(long bytesMax)
{
    /// <summary>How long a message is kept whose sender does not say.</summary>
    public static readonly TimeSpan KeptFor = TimeSpan.FromHours(72);

    private readonly LinkedList<Stored> _byAge = [];
    private readonly Dictionary<string, List<Stored>> _byTopic = new(StringComparer.Ordinal);
    private long _bytes;

    /// <summary>Keeps a message.</summary>
    /// <returns>What is said of it wherever it is told: <c>{"id":...}</c>.</returns>
    public byte[] Add(TopicKey topic, UserBroadcast message, TimeSpan? keptFor, DateTimeOffset now)
    {
        var id = Guid.CreateVersion7(now);
        var until = now + (keptFor is { } asked && asked < KeptFor ? asked : KeptFor);
        var stored = new Stored(topic.Name, id, now, until, message);
        stored.Place = _byAge.AddLast(stored);
        var ofTopic = _byTopic.TryGetValue(topic.Name, out var list) ? list : _byTopic[topic.Name] = [];
        ofTopic.Add(stored);
        _bytes += stored.SizeBytes;
        if (ofTopic.Count > ReplayRequest.LimitMax)
        {
            Remove(ofTopic[0]);
        }

        while (_bytes > bytesMax)
        {
            Remove(_byAge.First!.Value);
        }

        return Encoding.UTF8.GetBytes($$"""{"id":"{{id}}"}""");
    }

    /// <summary>The newest messages since an instant, in order.</summary>
    public IReadOnlyList<SharedMessage> Since(TopicKey topic, ReplayRequest request, DateTimeOffset now) =>
    [
        .. _byTopic.GetValueOrDefault(topic.Name, [])
            .Where(stored => stored.At.ToUnixTimeMilliseconds() >= request.Since && stored.Until > now)
            .TakeLast(request.Limit)
            .Select(stored => SharedMessage.Of(topic.OnWire, stored.Message, Encoding.UTF8.GetBytes($$"""{"id":"{{stored.Id}}","replayed":true}"""))),
    ];

    private void Remove(Stored stored)
    {
        _byAge.Remove(stored.Place!);
        _bytes -= stored.SizeBytes;
        var ofTopic = _byTopic[stored.Topic];
        ofTopic.Remove(stored);
        if (ofTopic.Count == 0)
        {
            _byTopic.Remove(stored.Topic);
        }
    }

    private sealed class Stored(string topic, Guid id, DateTimeOffset at, DateTimeOffset until, UserBroadcast message)
    {
        public string Topic => topic;

        public Guid Id => id;

        public DateTimeOffset At => at;

        public DateTimeOffset Until => until;

        public UserBroadcast Message => message;

        public LinkedListNode<Stored>? Place { get; set; }

        public long SizeBytes => Message.Payload.Length + 200;
    }
}
