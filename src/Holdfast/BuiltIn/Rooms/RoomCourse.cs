namespace Holdfast.BuiltIn.Rooms;

/// <summary>Where a room is on its way.</summary>
internal enum RoomState
{
    /// <summary>Nothing is done about it: it is off, was given up, or the server stops.</summary>
    Disconnected,

    /// <summary>A connection is made, or login and join are waited for.</summary>
    Connecting,

    /// <summary>It is there.</summary>
    Joined,

    /// <summary>It is lost, and connected to again when the delay is over.</summary>
    Waiting,
}

/// <summary>
/// The state of a room and what follows from it: how many attempts, how long a delay, when to give up. Reads the clock and does nothing.
/// Safe for concurrent use.
/// </summary>
internal sealed class RoomCourse(RoomOptions options, TimeProvider time, Func<double> random)
{
    /// <summary>Who was in the room for so long has been there: what comes next begins anew. Less is a room that throws out whom it lets in.</summary>
    private static readonly TimeSpan Stable = TimeSpan.FromSeconds(30);

    private readonly Lock _gate = new();
    private RoomStanding _now = new(RoomState.Disconnected, time.GetUtcNow(), 0, null, null, null);
    private long _joinedAt;

    public RoomStanding Now
    {
        get { lock (_gate) return _now; }
    }

    public void Connect()
    {
        lock (_gate)
        {
            _now = _now with { State = RoomState.Connecting, Since = time.GetUtcNow(), Attempts = _now.Attempts + 1, NextAttemptAt = null };
        }
    }

    public void Join()
    {
        lock (_gate)
        {
            _joinedAt = time.GetTimestamp();
            _now = _now with { State = RoomState.Joined, Since = time.GetUtcNow() };
        }
    }

    /// <summary>It is lost, or could not be joined.</summary>
    public RoomLoss Lose(string reason)
    {
        lock (_gate)
        {
            var now = time.GetUtcNow();
            var wasJoined = _now.State == RoomState.Joined;
            var attempts = wasJoined && time.GetElapsedTime(_joinedAt) >= Stable ? 0 : _now.Attempts;
            var isGivenUp = options.AttemptsMax > 0 && attempts >= options.AttemptsMax;
            TimeSpan? delay = isGivenUp ? null : options.Reconnect.Next(Math.Max(0, attempts - 1), random);
            _now = new RoomStanding(isGivenUp ? RoomState.Disconnected : RoomState.Waiting, now, attempts, now + delay, reason, now);
            return new RoomLoss(delay, IsNews: wasJoined || attempts == 1);
        }
    }

    /// <summary>Nothing more is done about it.</summary>
    public void Stop()
    {
        lock (_gate)
        {
            if (_now.State != RoomState.Disconnected)
            {
                _now = _now with { State = RoomState.Disconnected, Since = time.GetUtcNow(), Attempts = 0, NextAttemptAt = null };
            }
        }
    }
}

/// <summary>A room at one instant.</summary>
/// <param name="Since">When it came to this state.</param>
/// <param name="Attempts">Attempts to connect since it was there last, the present one included.</param>
/// <param name="NextAttemptAt">When it is waiting for the next.</param>
/// <param name="LastError">Why it was lost last; stays after it was healed.</param>
internal sealed record RoomStanding(RoomState State, DateTimeOffset Since, int Attempts, DateTimeOffset? NextAttemptAt, string? LastError, DateTimeOffset? LastErrorAt);

/// <summary>What follows from a loss.</summary>
/// <param name="Delay">Until the next attempt; null: there is none.</param>
/// <param name="IsNews">False: it was lost before, and is still.</param>
internal sealed record RoomLoss(TimeSpan? Delay, bool IsNews);
