namespace Holdfast.Events;

// From the publisher into the queues.
public sealed partial class EventBus
{
    internal PublishResult PublishFrom(string? source, string type, object? data, EventMetadata? metadata)
    {
        RequireUncritical(metadata);
        var subscribers = SubscribersOf(type);
        return subscribers.Length == 0 ? default : Deliver(Event(source, null, type, data, metadata), subscribers);
    }

    internal ValueTask<PublishResult> PublishFromAsync(string? source, string type, object? data, EventMetadata? metadata, CancellationToken cancellationToken)
    {
        var subscribers = SubscribersOf(type);
        return subscribers.Length == 0 ? default : DeliverAsync(Event(source, null, type, data, metadata), subscribers, cancellationToken);
    }

    internal PublishResult SendFrom(string? source, string target, string type, object? data, EventMetadata? metadata)
    {
        RequireUncritical(metadata);
        return Deliver(Event(source, target, type, data, metadata), SubscribersOf(target, type));
    }

    internal ValueTask<PublishResult> SendFromAsync(
        string? source, string target, string type, object? data, EventMetadata? metadata, CancellationToken cancellationToken) =>
        DeliverAsync(Event(source, target, type, data, metadata), SubscribersOf(target, type), cancellationToken);

    /// <summary>A handler threw: that is logged in any case, and told to all but the one who failed.</summary>
    internal async ValueTask ReportFailureAsync(Subscription failed, BusEvent handled, Exception fault)
    {
        _logger.HandlerFailed(fault, failed.Name, failed.Pattern.Text, handled.Type, handled.CorrelationId);
        Metrics.Failed(failed.Name);
        if (handled.Type == BusEventTypes.HandlerFailed)
        {
            // A failure at a failure would be answered by another one, and so on between two subscribers for ever.
            return;
        }

        var metadata = handled.Metadata with { Priority = EventPriority.Critical, Source = failed.Name };
        var failure = Event(null, null, BusEventTypes.HandlerFailed, new HandlerFailure(failed.Name, failed.Pattern.Text, handled, fault), metadata);

        // Bounded, because two that fail may wait for room in the queue of each other.
        using var patience = new CancellationTokenSource(Options.FailureWait, _time);
        await DeliverAsync(failure, [.. SubscribersOf(failure.Type).Where(one => one != failed)], patience.Token);
    }

    private static void RequireUncritical(EventMetadata? metadata)
    {
        if (metadata?.Priority == EventPriority.Critical)
        {
            throw new ArgumentException("A critical event may have to wait for room: use PublishAsync or SendAsync.", nameof(metadata));
        }
    }

    private BusEvent Event(string? source, string? target, string type, object? data, EventMetadata? metadata, PendingRequest? request = null) =>
        new(type, data, metadata) { Source = source, Target = target, Timestamp = _time.GetUtcNow(), Request = request };

    private Subscription[] SubscribersOf(string type)
    {
        RequireName(type);
        return _routes.For(type);
    }

    private Subscription[] SubscribersOf(string target, string type)
    {
        var endpoint = Find(target, type);
        Subscription[] own = [.. SubscribersOf(type).Where(one => one.Owner == endpoint)];
        return own.Length > 0 ? own : throw NoHandler(target, type);
    }

    private PublishResult Deliver(BusEvent item, Subscription[] subscribers)
    {
        var (accepted, dropped) = (0, 0);
        foreach (var subscriber in subscribers)
        {
            if (!subscriber.Wants(item))
            {
                continue;
            }

            if (subscriber.Mailbox.Offer(item))
            {
                accepted++;
            }
            else
            {
                dropped++;
            }
        }

        return Result(item, accepted, dropped);
    }

    private ValueTask<PublishResult> DeliverAsync(BusEvent item, Subscription[] subscribers, CancellationToken cancellationToken)
    {
        if (item.Priority != EventPriority.Critical)
        {
            return ValueTask.FromResult(Deliver(item, subscribers));
        }

        var accepted = 0;
        List<Subscription>? full = null;
        foreach (var subscriber in subscribers)
        {
            if (!subscriber.Wants(item))
            {
                continue;
            }

            if (subscriber.Mailbox.Offer(item))
            {
                accepted++;
            }
            else
            {
                (full ??= []).Add(subscriber);
            }
        }

        return full is null ? ValueTask.FromResult(new PublishResult(accepted, 0)) : WaitForRoomAsync(item, accepted, full, cancellationToken);
    }

    // In all the lines at once, so that its place in each is that of its publication.
    private async ValueTask<PublishResult> WaitForRoomAsync(BusEvent item, int accepted, List<Subscription> full, CancellationToken cancellationToken)
    {
        var taken = await Task.WhenAll(full.Select(subscriber => subscriber.Mailbox.OfferOrWaitAsync(item, cancellationToken).AsTask()));
        var late = taken.Count(one => one);
        return Result(item, accepted + late, full.Count - late);
    }

    private PublishResult Result(BusEvent item, int accepted, int dropped)
    {
        if (dropped > 0)
        {
            NoteDropped(item.Type, dropped);
        }

        return new PublishResult(accepted, dropped);
    }

    private void NoteDropped(string type, int deliveries)
    {
        Metrics.Dropped(type, deliveries);
        if (type != BusEventTypes.Dropped)
        {
            // Of a report that was dropped there is no report: it would be dropped as well.
            _drops.Note(type, deliveries);
        }
    }

    private void SayDropped(DroppedEvents dropped)
    {
        _logger.EventsDropped(dropped.Dropped, dropped.ByType.Count);
        PublishFrom(null, BusEventTypes.Dropped, dropped, OfBus);
    }
}
