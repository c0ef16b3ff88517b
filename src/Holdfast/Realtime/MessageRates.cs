namespace Holdfast.Realtime;

/// <summary>How many messages each caller has sent within the last second, in tenths of it. Thread-safe.</summary>
internal sealed class MessageRates(TimeProvider time)
{
    /// <summary>Callers that are told apart; beyond it newcomers share one place.</summary>
    public const int CallersMax = 10_000;

    private const int Slots = 10;
    private const string Others = "(others)";

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Window> _windows = new(StringComparer.Ordinal);

    /// <summary>Takes so many, or none.</summary>
    /// <param name="perSecond">0: there is no limit, and it is counted all the same.</param>
    /// <returns>What was sent within the last second before, and whether these were taken.</returns>
    public (long Rolling, bool Taken) Take(string who, int messages, long perSecond)
    {
        var slot = time.GetUtcNow().ToUnixTimeMilliseconds() / (1_000 / Slots);
        lock (_gate)
        {
            var window = WindowNeedsLock(who, slot);
            var rolling = window.Rolling(slot);
            var taken = perSecond <= 0 || rolling + messages <= perSecond;
            if (taken)
            {
                window.Add(slot, messages);
            }

            return (rolling, taken);
        }
    }

    private Window WindowNeedsLock(string who, long slot)
    {
        if (!_windows.ContainsKey(who) && _windows.Count >= CallersMax)
        {
            foreach (var idle in _windows.Where(entry => entry.Value.Rolling(slot) == 0).Select(entry => entry.Key).ToArray())
            {
                _windows.Remove(idle);
            }

            who = _windows.Count < CallersMax ? who : Others;
        }

        if (!_windows.TryGetValue(who, out var window))
        {
            _windows[who] = window = new Window();
        }

        return window;
    }

    private sealed class Window
    {
        private readonly long[] _counts = new long[Slots];
        private long _newest;

        public long Rolling(long slot)
        {
            Advance(slot);
            return _counts.Sum();
        }

        public void Add(long slot, int messages)
        {
            Advance(slot);
            _counts[(int)(_newest % Slots)] += messages;
        }

        // A clock that is set back stays where it was until it catches up.
        private void Advance(long slot)
        {
            for (var passed = 0; _newest < slot && passed < Slots; passed++)
            {
                _newest = Math.Max(_newest + 1, slot - Slots + 1);
                _counts[(int)(_newest % Slots)] = 0;
            }
        }
    }
}
