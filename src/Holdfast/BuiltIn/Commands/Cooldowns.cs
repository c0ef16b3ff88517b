namespace Holdfast.BuiltIn.Commands;

/// <summary>Who called what last, as long as that matters. Bounded: beyond that, callers that it does not know wait too. Safe for concurrent use.</summary>
internal sealed class Cooldowns(TimeProvider time)
{
    private const int KeptMax = 10_000;

    private readonly Lock _gate = new();
    private readonly Dictionary<(string Via, string Caller, string Command), long> _last = [];

    /// <summary>Notes a call.</summary>
    /// <returns>Zero, or how long the caller has to wait; then nothing was noted.</returns>
    public TimeSpan Take(CommandCaller caller, string command, TimeSpan cooldown)
    {
        if (cooldown <= TimeSpan.Zero)
        {
            return TimeSpan.Zero;
        }

        var key = (caller.Via, caller.Name, command);
        lock (_gate)
        {
            if (_last.TryGetValue(key, out var at) && time.GetElapsedTime(at) < cooldown)
            {
                return cooldown - time.GetElapsedTime(at);
            }

            if (!MakeRoomNeedsLock(cooldown))
            {
                return cooldown;
            }

            _last[key] = time.GetTimestamp();
            return TimeSpan.Zero;
        }
    }

    private bool MakeRoomNeedsLock(TimeSpan cooldown)
    {
        if (_last.Count < KeptMax)
        {
            return true;
        }

        foreach (var (key, at) in _last)
        {
            if (time.GetElapsedTime(at) >= cooldown)
            {
                _last.Remove(key);
            }
        }

        return _last.Count < KeptMax;
    }
}
