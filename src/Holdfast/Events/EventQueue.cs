using System.Diagnostics.CodeAnalysis;

namespace Holdfast.Events;

/// <summary>Events in the order in which a subscriber gets them: by priority, and by arrival within one. Not safe for concurrent use.</summary>
internal sealed class EventQueue
{
    // Most events are normal ones, and most subscribers never see others.
    private readonly Queue<BusEvent> _normal = new();
    private Queue<BusEvent>[]? _above;

    public int Count { get; private set; }

    public void Enqueue(BusEvent item)
    {
        var queue = item.Priority == EventPriority.Normal ? _normal : Above(item.Priority);
        queue.Enqueue(item);
        Count++;
    }

    public bool TryDequeue([NotNullWhen(true)] out BusEvent? item)
    {
        var taken = Count > _normal.Count ? TryDequeueAbove(out item) : _normal.TryDequeue(out item);
        if (taken)
        {
            Count--;
        }

        return taken;
    }

    private Queue<BusEvent> Above(EventPriority priority)
    {
        _above ??= [new(), new(), new()];
        return _above[(int)priority - 1];
    }

    private bool TryDequeueAbove([NotNullWhen(true)] out BusEvent? item)
    {
        for (var at = _above!.Length - 1; at >= 0; at--)
        {
            if (_above[at].TryDequeue(out item))
            {
                return true;
            }
        }

        item = null;
        return false;
    }
}
