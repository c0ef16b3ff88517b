using System.Diagnostics.CodeAnalysis;

namespace Holdfast.Retries;

/// <summary>
/// The lease of this process under one id. It trusts itself for two thirds of what the store granted, counted from before it asked: so it
/// lets go while nobody else can have its items yet, also when the clocks do not agree or an answer was slow.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "Handlers may look at the token until they end; it holds a timer and nothing else.")]
internal sealed class LeaseTerm(Guid process, TimeProvider time)
{
    private readonly CancellationTokenSource _lost = new(Timeout.InfiniteTimeSpan, time);
    private long _askedAt;
    private long _trustTicks;
    private int _items;

    /// <summary>The id; never used again once it is lost.</summary>
    public Guid Process => process;

    /// <summary>Cancelled when the lease can no longer be trusted: handlers end, and nothing is recorded.</summary>
    public CancellationToken Lost => _lost.Token;

    /// <summary>Whether it still holds. Compares the time itself: in a process that was frozen the timer behind <see cref="Lost"/> is late.</summary>
    public bool Held =>
        !_lost.IsCancellationRequested && time.GetElapsedTime(Volatile.Read(ref _askedAt)).Ticks < Volatile.Read(ref _trustTicks);

    /// <summary>Items that were handed out under it and are not settled.</summary>
    public int Items => Volatile.Read(ref _items);

    /// <summary>The store has granted or prolonged it.</summary>
    /// <param name="askedAt">Timestamp from before the store was asked.</param>
    /// <param name="lease">What it was asked for.</param>
    /// <returns>False when the answer came too late.</returns>
    public bool Prolong(long askedAt, TimeSpan lease)
    {
        var trust = lease * (2.0 / 3);
        Volatile.Write(ref _trustTicks, trust.Ticks);
        Volatile.Write(ref _askedAt, askedAt);
        if (Held)
        {
            _lost.CancelAfter(trust - time.GetElapsedTime(askedAt));
        }

        return Held;
    }

    /// <summary>Items were handed out.</summary>
    public void Take(int items) => Interlocked.Add(ref _items, items);

    /// <summary>An item is settled, or given back.</summary>
    public void Settle() => Interlocked.Decrement(ref _items);

    /// <summary>It is over. Whoever waits for that goes on elsewhere, not inside this call.</summary>
    public void Lose() => _ = _lost.CancelAsync();
}
