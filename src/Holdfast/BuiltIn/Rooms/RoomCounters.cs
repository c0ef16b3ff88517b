namespace Holdfast.BuiltIn.Rooms;

/// <summary>What went through a room since the start of the process. Safe for concurrent use.</summary>
internal sealed class RoomCounters
{
    private long _joins;
    private long _losses;
    private long _received;
    private long _sent;
    private long _refused;
    private long _unreadable;
    private long _tooLarge;
    private long _undelivered;

    public long Joins => Interlocked.Read(ref _joins);

    /// <summary>Attempts that failed, and connections that ended.</summary>
    public long Losses => Interlocked.Read(ref _losses);

    /// <summary>Frames, whatever became of them.</summary>
    public long Received => Interlocked.Read(ref _received);

    /// <summary>Messages that the connection has taken.</summary>
    public long Sent => Interlocked.Read(ref _sent);

    /// <summary>Messages that it has not.</summary>
    public long Refused => Interlocked.Read(ref _refused);

    /// <summary>Frames that are no JSON.</summary>
    public long Unreadable => Interlocked.Read(ref _unreadable);

    /// <summary>Frames above the limit.</summary>
    public long TooLarge => Interlocked.Read(ref _tooLarge);

    /// <summary>Deliveries to subscribers of the bus that had no room for them.</summary>
    public long Undelivered => Interlocked.Read(ref _undelivered);

    public void NoteJoined() => Interlocked.Increment(ref _joins);

    public void NoteLost() => Interlocked.Increment(ref _losses);

    public void NoteReceived() => Interlocked.Increment(ref _received);

    public void NoteSent() => Interlocked.Increment(ref _sent);

    public void NoteRefused() => Interlocked.Increment(ref _refused);

    public void NoteUnreadable() => Interlocked.Increment(ref _unreadable);

    public void NoteTooLarge() => Interlocked.Increment(ref _tooLarge);

    public void NoteUndelivered(int deliveries) => Interlocked.Add(ref _undelivered, deliveries);
}
