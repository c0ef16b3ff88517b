using System.Collections.Concurrent;
using System.Collections.Immutable;
using Microsoft.Extensions.Logging;

namespace Holdfast.Flags;

/// <summary>
/// Tells listeners of changes, one change after the other, in the order in which they took effect. No lock is held while a listener
/// runs, so it may set flags itself. One that throws is logged and costs the others nothing.
/// </summary>
internal sealed class FlagChangeNotifier(Func<ILogger> logger)
{
    private readonly ConcurrentQueue<FlagChange> _pending = new();
    private ImmutableList<Action<FlagChange>> _listeners = [];
    private int _telling;

    public IDisposable Add(Action<FlagChange> listener)
    {
        // Two registrations of one delegate are two listeners: each is wrapped, so each leaves alone.
        Action<FlagChange> own = change => listener(change);
        ImmutableInterlocked.Update(ref _listeners, static (all, one) => all.Add(one), own);
        return new Registration(() => ImmutableInterlocked.Update(ref _listeners, static (all, one) => all.Remove(one), own));
    }

    public void Enqueue(IEnumerable<FlagChange> changes)
    {
        foreach (var change in changes)
        {
            _pending.Enqueue(change);
        }
    }

    /// <summary>Whoever comes first tells everything that waits; who comes while it tells leaves its changes to it.</summary>
    public void TellPending()
    {
        while (!_pending.IsEmpty && Interlocked.Exchange(ref _telling, 1) == 0)
        {
            while (_pending.TryDequeue(out var change))
            {
                Tell(change);
            }

            Volatile.Write(ref _telling, 0);
        }
    }

    private void Tell(FlagChange change)
    {
        logger().Changed(change.Name, change.OldValue, change.NewValue, change.Origin);
        foreach (var listener in Volatile.Read(ref _listeners))
        {
            try
            {
                listener(change);
            }
            catch (Exception fault)
            {
                logger().ListenerFailed(fault, change.Name);
            }
        }
    }

    private sealed class Registration(Action leave) : IDisposable
    {
        public void Dispose() => leave();
    }
}
