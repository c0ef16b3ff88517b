namespace Holdfast.Pipeline;

/// <summary>
/// Whose turn it is when there is a backlog. People look at what happens now: of four transactions three take what was received within the
/// last minute, and one takes the oldest, so that the backlog shrinks all the same. Without a backlog everything goes in order. Not thread-safe.
/// </summary>
internal sealed class FlushOrder
{
    /// <summary>What is younger is what happens now.</summary>
    public static readonly TimeSpan Newest = TimeSpan.FromMinutes(1);

    private const int TurnsOfNewest = 3;

    private int _turn;

    /// <summary>From which instant on the next transaction takes what was received; null: from the oldest.</summary>
    /// <param name="oldest">When the oldest batch that waits was received; null when none waits.</param>
    public DateTimeOffset? NextFrom(DateTimeOffset? oldest, DateTimeOffset now)
    {
        if (oldest is null || now - oldest <= Newest)
        {
            _turn = 0;
            return null;
        }

        _turn = _turn == TurnsOfNewest ? 0 : _turn + 1;
        return _turn == 0 ? null : now - Newest;
    }
}
