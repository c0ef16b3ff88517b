namespace Holdfast.Monitoring;

/// <summary>
/// Wakes the readers of many outboxes, some by some: each piece of work for the pool is a handful of readers, one after the other on one thread. A
/// piece for each reader costs more in handing it over than the reader does in sending a frame.
/// </summary>
internal sealed class OutboxWaking : IThreadPoolWorkItem
{
    /// <summary>Readers of one piece. The last of them waits for the others: a fraction of a millisecond.</summary>
    public const int ReadersMax = 32;

    private readonly Outbox[] _outboxes = new Outbox[ReadersMax];
    private int _count;

    private bool IsFull => _count == ReadersMax;

    /// <summary>Adds a reader; a full piece is started, and the one for the next readers comes back.</summary>
    public static OutboxWaking Add(OutboxWaking? piece, Outbox outbox)
    {
        if (piece is { IsFull: true })
        {
            piece.Start();
            piece = null;
        }

        piece ??= new OutboxWaking();
        piece._outboxes[piece._count++] = outbox;
        return piece;
    }

    public void Start() => ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);

    void IThreadPoolWorkItem.Execute()
    {
        for (var at = 0; at < _count; at++)
        {
            _outboxes[at].Wake();
        }
    }
}
