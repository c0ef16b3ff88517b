namespace Holdfast.Realtime;

/// <summary>Limits of the protocol.</summary>
internal sealed record RealtimeOptions
{
    /// <summary>Channels of one connection.</summary>
    public int ChannelsMax { get; init; } = 100;

    /// <summary>Joins of one connection in a second; twice as many at once.</summary>
    public int JoinsPerSecond { get; init; } = 100;

    /// <summary>Bytes of a join: what it asks for is kept for as long as the channel lives.</summary>
    public int JoinBytesMax { get; init; } = 64 << 10;

    /// <summary>Joins of the live topic of one connection in <see cref="LiveJoinWindow"/>.</summary>
    public int LiveJoinsMax { get; init; } = 10;

    public TimeSpan LiveJoinWindow { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Messages that one caller may send in a second over all its connections and HTTP. 0: as many as it likes.</summary>
    public long MessagesPerSecond { get; init; } = 1_000;

    /// <summary>Bytes of a broadcast's payload.</summary>
    public int PayloadBytesMax { get; init; } = 256 << 10;

    /// <summary>Bytes of what somebody says of himself by being present: each who comes gets that of all.</summary>
    public int PresenceBytesMax { get; init; } = 4 << 10;

    /// <summary>Who may be present in one topic.</summary>
    public int PresencesMax { get; init; } = 1_000;

    /// <summary>Bytes of what all in one topic say of themselves. Whoever comes gets them in one frame, which must fit into what may wait for him.</summary>
    public int PresenceStateBytesMax { get; init; } = 512 << 10;

    /// <summary>Calls by which a channel says or takes back that it is present, in <see cref="PresenceWindow"/>.</summary>
    public int PresenceCallsMax { get; init; } = 5;

    public TimeSpan PresenceWindow { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Changes of presence are put together for this long, so that a thousand who come at once are not a thousand frames for each of them.</summary>
    public TimeSpan PresenceDelay { get; init; } = TimeSpan.FromMilliseconds(20);

    /// <summary>Entries of one join that name tables.</summary>
    public int BindingsMax { get; init; } = 50;

    /// <summary>Entries of all channels together: each is judged by each row that no equality rules out at once. One caller may have half of them.</summary>
    public int BindingsOfAllMax { get; init; } = 10_000;

    /// <summary>Regular expressions of all channels together: the machine behind one grows with what it is shown, to a megabyte or two. One caller may have half of them.</summary>
    public int PatternsOfAllMax { get; init; } = 100;

    /// <summary>Bytes of stored messages, of all topics.</summary>
    public long StoredBytesMax { get; init; } = 8 << 20;

    /// <summary>How long a refused join waits for its answer. Others wait five seconds, against storms; here the limits are enough.</summary>
    public TimeSpan JoinErrorDelay { get; init; }

    /// <summary>How long a refused connection waits for its answer.</summary>
    public TimeSpan ConnectErrorDelay { get; init; }
}
