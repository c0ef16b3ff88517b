namespace Holdfast.BuiltIn.Retry;

/// <summary>
/// So many in a minute, at most. A loop somewhere that fails and says nothing of what it was doing must not fill the queue with items that
/// nobody can do anything about. Safe for concurrent use.
/// </summary>
internal sealed class NoticeLimit(int perMinute, TimeProvider time)
{
    private readonly Lock _gate = new();
    private long _since = time.GetTimestamp();
    private int _taken;

    public bool TryTake()
    {
        lock (_gate)
        {
            if (time.GetElapsedTime(_since) >= TimeSpan.FromMinutes(1))
            {
                (_since, _taken) = (time.GetTimestamp(), 0);
            }

            return _taken++ < perMinute;
        }
    }
}
