using Holdfast.Pipeline;

namespace Holdfast.Monitoring;

/// <summary>
/// Whether somebody watches at another node, and the word that somebody watches here. Who watches there sees an event once it is stored here, so
/// the flusher waits less for company; while nobody does, that would only cost transactions. Thread-safe.
/// </summary>
/// <param name="bell">Tells the others.</param>
/// <param name="time">Where all time comes from.</param>
internal sealed class WatchedElsewhere(EventBell bell, TimeProvider time)
{
    /// <summary>How often the others are told, as long as somebody watches here.</summary>
    public static readonly TimeSpan TellPeriod = TimeSpan.FromSeconds(10);

    /// <summary>How long a word counts: one may be lost.</summary>
    public static readonly TimeSpan Holds = TimeSpan.FromSeconds(25);

    private long _heardAt;
    private int _heard;

    // Touched by the follower's loop only.
    private long? _toldAt;

    /// <summary>Whether another node has said so lately.</summary>
    public bool IsWatched => Volatile.Read(ref _heard) == 1 && time.GetElapsedTime(Interlocked.Read(ref _heardAt)) < Holds;

    /// <summary>Another node has said that somebody watches there.</summary>
    public void Hear()
    {
        Interlocked.Exchange(ref _heardAt, time.GetTimestamp());
        Volatile.Write(ref _heard, 1);
    }

    /// <summary>Tells the others when somebody begins to watch here, and again from time to time.</summary>
    public void Tell(bool watchedHere)
    {
        if (!watchedHere)
        {
            _toldAt = null;
        }
        else if (_toldAt is not { } at || time.GetElapsedTime(at) >= TellPeriod)
        {
            _toldAt = time.GetTimestamp();
            bell.Ring(LogRing.Watching);
        }
    }
}
