using System.Collections.Concurrent;
using System.Collections.Immutable;

namespace Holdfast.Flags;

/// <summary>
/// Tells listeners what happened, one thing after the other, in order. No lock is held while a listener runs, so it may set flags itself. One
/// that throws costs the others nothing.
/// </summary>
/// <param name="first">Called before the listeners.</param>
/// <param name="failed">Called with what a listener threw.</param>
internal sealed class FlagNotifier<T>(Action<T> first, Action<Exception, T> failed)
{
    private readonly ConcurrentQueue<T> _pending = new();
    private ImmutableList<Action<T>> _listeners = [];
    private int _telling;

    public IDisposable Add(Action<T> listener)
    {
        // Two registrations of one delegate are two listeners: each is wrapped, so each leaves alone.
        Action<T> own = news => listener(news);
        ImmutableInterlocked.Update(ref _listeners, static (all, one) => all.Add(one), own);
        return new Registration(() => ImmutableInterlocked.Update(ref _listeners, static (all, one) => all.Remove(one), own));
    }

    public void Enqueue(IEnumerable<T> news)
    {
        foreach (var one in news)
        {
            _pending.Enqueue(one);
        }
    }

    /// <summary>Whoever comes first tells everything that waits; who comes while it tells leaves its news to it.</summary>
    public void TellPending()
    {
        while (!_pending.IsEmpty && Interlocked.Exchange(ref _telling, 1) == 0)
        {
            while (_pending.TryDequeue(out var news))
            {
                Tell(news);
            }

            Volatile.Write(ref _telling, 0);
        }
    }

    private void Tell(T news)
    {
        first(news);
        foreach (var listener in Volatile.Read(ref _listeners))
        {
            try
            {
                listener(news);
            }
            catch (Exception fault)
            {
                failed(fault, news);
            }
        }
    }

    private sealed class Registration(Action leave) : IDisposable
    {
        public void Dispose() => leave();
    }
}
