using FsCheck;
using FsCheck.Fluent;
using Holdfast.Events;

namespace Holdfast.Tests.Events;

public sealed class EventQueueTests
{
    [Fact]
    public void Higher_priorities_come_first_and_equals_in_their_order() => Prop.ForAll<EventPriority[]>(priorities =>
    {
        var sent = priorities.Select((priority, number) => new BusEvent($"{number}", metadata: new EventMetadata { Priority = priority })).ToList();
        var queue = new EventQueue();
        sent.ForEach(queue.Enqueue);

        var taken = new List<BusEvent>();
        while (queue.TryDequeue(out var next))
        {
            taken.Add(next);
        }

        // OrderBy keeps the order of equals.
        return taken.SequenceEqual(sent.OrderByDescending(item => item.Priority)) && queue.Count == 0;
    }).QuickCheckThrowOnFailure();
}
